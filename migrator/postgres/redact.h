// migrator/postgres/redact.h: PostgreSQL's messages without what rows hold. Pure.
#pragma once
#include <string>
#include <string_view>

namespace postgres {

/// Whether a function's author wrote the message: RAISE, ASSERT, an exception of another language. Its text may hold
/// anything. `source_function`: PG_DIAG_SOURCE_FUNCTION, where RAISE gave the error a SQLSTATE of its own.
bool is_raised(std::string_view sqlstate, std::string_view source_function);

/// Instead of such a text.
inline constexpr const char* kRaisedElsewhere = "an exception raised by a function (its text may hold values of rows)";

/// The first line of a message, without severity, DETAIL, HINT and CONTEXT. Data errors (class 22) quote the value that
/// was wrong: it becomes "…". Class 23 quotes names of constraints only, they stay. What is_raised() becomes
/// kRaisedElsewhere, also where only the message's CONTEXT tells.
std::string redact(std::string_view message, std::string_view sqlstate);

/// Text of a RAISE (notice or exception) as its author wrote it: with the `%` of the format in place of the values.
/// `script`: where the RAISE is looked for; one raised elsewhere (a trigger that exists already) has no text.
std::string redact_raised(std::string_view message, std::string_view script);

}  // namespace postgres
