#include <algorithm>

#include "common/error.h"
#include "migrator/layouts/header.h"
#include "migrator/layouts/layout.h"
#include "migrator/layouts/tools.h"
#include "migrator/revisions/text.h"

namespace layouts {
namespace {

using spec::Layout;

[[noreturn]] void undetected(const std::string& message) { throw PermanentError(message, report::ExitCode::kUsage); }

bool has_line(std::string_view text, std::string_view start) {
  for (std::size_t at = text.find(start); at != std::string_view::npos; at = text.find(start, at + 1))
    if (at == 0 || text[at - 1] == '\n') return true;
  return false;
}

// V1__name.sql, U1.1__name.sql, R__name.sql
bool is_flyway_name(std::string_view file) {
  const std::size_t mark = file.find("__");
  if (mark == std::string_view::npos || mark == 0) return false;
  const std::string_view version = file.substr(1, mark - 1);
  if (file[0] == 'R') return version.empty();
  return (file[0] == 'V' || file[0] == 'U') && !version.empty() &&
         version.find_first_not_of("0123456789._") == std::string_view::npos;
}

bool is_alembic_file(const revisions::Script& script) {
  return script.file.ends_with(".py") && (script.file == "env.py" || has_line(script.text, "down_revision"));
}

const char* word(Layout layout) {
  switch (layout) {
    case Layout::kAuto:
      return "auto";
    case Layout::kSluice:
      return "sluice";
    case Layout::kNumbered:
      return "numbered";
    case Layout::kAlembic:
      return "alembic";
    case Layout::kGolangMigrate:
      return "golang-migrate";
    case Layout::kFlyway:
      return "flyway";
    case Layout::kDbmate:
      return "dbmate";
    case Layout::kGoose:
      return "goose";
  }
  return "unknown";
}

// What no layout of ours can do without, and what it would fail on later in less clear words.
void check_texts(const Folder& folder, std::vector<std::string>& problems) {
  for (const revisions::Script& script : folder.files) {
    const Name name = take_apart(script.file);
    if (!name.is_sql) continue;
    if (name.part == Part::kBackfill)
      problems.push_back(script.file +
                         ": batched steps (.backfill.sql) are not supported by this version; write the "
                         "change as an .up.sql file");
    if (script.text.find('\0') != std::string::npos)
      problems.push_back(script.file + ": it holds zero bytes (saved as UTF-16?); save it as UTF-8");
  }
}

}  // namespace

Layout detect(const Folder& folder) {
  const auto any = [&](auto&& test) { return std::any_of(folder.files.begin(), folder.files.end(), test); };
  if (any([](const revisions::Script& s) { return take_apart(s.file).is_sql && has_revision_line(s.text); }))
    return Layout::kSluice;
  if (any(is_alembic_file)) return Layout::kAlembic;
  std::size_t sql = 0, golang = 0, numbered = 0;
  std::string without_number;
  for (const revisions::Script& script : folder.files) {
    const Name name = take_apart(script.file);
    if (!name.is_sql) continue;
    ++sql;
    if (is_flyway_name(script.file)) return Layout::kFlyway;
    if (has_line(script.text, "-- +goose")) return Layout::kGoose;
    if (has_line(script.text, "-- migrate:up")) return Layout::kDbmate;
    if (!golang_migrate_version(name).empty()) ++golang;
    if (!version_of(name.stem).empty())
      ++numbered;
    else if (without_number.empty())
      without_number = script.file;
  }
  if (sql == 0)
    undetected("there are no migrations in " + folder.path + " (no *.sql file; folders in it are not searched)");
  if (golang == sql) return Layout::kGolangMigrate;
  if (numbered == sql) return Layout::kNumbered;
  undetected(
      "cannot tell the layout of " + folder.path + ": " + without_number +
      " has neither a header (`-- revision: ID`) nor a number; rename it, move it out of the folder, or say --layout");
}

std::vector<revisions::Revision> read_revisions(Folder folder, Layout layout) {
  if (layout == Layout::kAuto) {
    if (folder.files.empty()) return {};
    layout = detect(folder);
  }
  std::vector<std::string> problems;
  std::vector<revisions::Revision> result;
  switch (layout) {
    case Layout::kSluice:
      check_texts(folder, problems);
      result = read_sluice(folder, problems);
      break;
    case Layout::kNumbered:
      check_texts(folder, problems);
      result = read_numbered(folder, problems);
      break;
    case Layout::kGolangMigrate:
      check_texts(folder, problems);
      result = read_golang_migrate(folder, problems);
      break;
    default:
      undetected("layout " + std::string(word(layout)) +
                 " is not supported by this version; use tool mode: sluice run -- " +
                 (layout == Layout::kAlembic ? "alembic upgrade head" : "COMMAND of the tool itself"));
  }
  if (!problems.empty()) throw PermanentError(revisions::joined(problems, "\n"), report::ExitCode::kHistoryMismatch);
  return result;
}

}  // namespace layouts
