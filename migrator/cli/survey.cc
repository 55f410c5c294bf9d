#include "migrator/cli/survey.h"

#include "common/error.h"
#include "migrator/journal/journal.h"
#include "migrator/ledgers/ledger.h"

namespace cli {
namespace {

DatabaseState look(const postgres::Target& target, const spec::Ledger& table) {
  DatabaseState state;
  postgres::Session session = postgres::Session::open(target, {.lock_timeout = postgres::kLookLockTimeout});
  const auto ledger = ledgers::make_alembic_ledger(table);
  state.rows = ledger->read(session).value_or(std::vector<std::string>());
  journal::Journal journal(ledger->name(), table.schema);
  if (!journal.find(session, state.rows)) return state;
  for (const journal::Entry& entry : journal.entries(session)) {
    if (entry.result != "succeeded") continue;
    if (entry.direction == "down") {
      state.applied.erase(entry.revision);
      continue;
    }
    state.applied[entry.revision] = {.at = entry.finished_at, .by = entry.applied_by, .checksum = entry.checksum};
  }
  return state;
}

std::optional<postgres::Target> target_if_named(const Settings& settings) {
  try {
    return settings.target();
  } catch (const PermanentError&) {
    return std::nullopt;
  }
}

}  // namespace

Survey survey(const Settings& settings, NeedsDatabase needs) {
  Survey survey;
  survey.files = run::read_files(settings.request());
  const auto target = needs == NeedsDatabase::kYes ? settings.target() : target_if_named(settings);
  if (target) survey.database = look(*target, settings.request().spec.ledger);
  return survey;
}

}  // namespace cli
