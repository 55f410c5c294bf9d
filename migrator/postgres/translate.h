// migrator/postgres/translate.h: PostgreSQL's and the libraries' errors as ours. Private to this folder.
#pragma once
#include <string>
#include <string_view>

namespace postgres {

/// What the five characters mean to a caller.
enum class Kind {
  kNotNow,      // 08xxx, 57P01–03, 53300, 40001, 40P01, 25006, 55P03, 57014: try again
  kNotAllowed,  // 28xxx, 3D000, 42501
  kBroken,      // the rest: the statement is wrong
};
Kind kind_of(std::string_view sqlstate);

/// What our own SQL raises when the run lock is gone or a ledger row isn't there: the text between these marks, as the
/// name of a setting that doesn't exist (42704), so that it needs no procedural language.
inline constexpr std::string_view kOurMark = "sluice: [", kOurEnd = "]";
/// The text of such an error; empty: the message isn't ours.
std::string our_text(std::string_view sqlstate, std::string_view message);
/// What guards raise.
inline constexpr std::string_view kLockLost = "the run lock is lost";

/// Throws the error for a SQLSTATE and a message of the server. `doing`: what we were at.
[[noreturn]] void throw_server_error(const std::string& doing, std::string_view sqlstate, std::string_view message);

/// The caught pqxx error's SQLSTATE; empty: none.
std::string caught_sqlstate();

/// Inside a catch block around pqxx calls: throws ours instead. Bugs (std::logic_error) pass.
[[noreturn]] void translate(const std::string& doing);

}  // namespace postgres
