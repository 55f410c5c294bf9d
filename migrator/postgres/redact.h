// migrator/postgres/redact.h: PostgreSQL's messages without what rows hold. Pure.
#pragma once
#include <string>
#include <string_view>

namespace postgres {

/// The first line of a primary message, without severity, DETAIL, HINT and CONTEXT. Data errors (class 22) quote the
/// value that was wrong: it becomes "…". Class 23 quotes names of constraints only, they stay.
std::string redact(std::string_view message, std::string_view sqlstate);

/// Text of a RAISE (notice or exception) as its author wrote it: with the `%` of the format in place of the values.
/// `script`: where the RAISE is looked for; one raised elsewhere (a trigger that exists already) has no text.
std::string redact_raised(std::string_view message, std::string_view script);

}  // namespace postgres
