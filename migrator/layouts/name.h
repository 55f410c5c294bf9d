// migrator/layouts/name.h: what a file's name says.
#pragma once
#include <string>
#include <string_view>

namespace layouts {

enum class Part { kUp, kDown, kBackfill };

/// "007_add_index.down.sql" -> stem "007_add_index", kDown. Views into the name.
struct Name {
  std::string_view stem = {};
  Part part = Part::kUp;
  bool is_sql = false;       // false: of another tool (*.py, *.conf)
  bool is_explicit = false;  // has .up or .down
};
Name take_apart(std::string_view file);

/// The version at the start of a stem: "001", "20240101120000", "03.00.00_01", "2024-01-02"; empty: none. Underscores
/// join only after a dotted version, so that 001_2024_report is 001. What follows begins with a separator or is empty.
std::string_view version_of(std::string_view stem);

/// golang-migrate's: digits up to the first underscore, explicit .up or .down; empty: not such a name.
std::string_view golang_migrate_version(const Name&);

/// The rest of a stem after id or version, as words: "_add_index" -> "add index".
std::string words(std::string_view slug);

/// Why a name can't be used; empty: it can. Names stand in messages and in the journal: no control characters, UTF-8.
std::string problem_with_name(std::string_view name);

/// The name with what can't be shown written as \x0a.
std::string printable(std::string_view name);

}  // namespace layouts
