#include "migrator/backup/in_place.h"

#include "common/error.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "migrator/backup/drop_all.h"
#include "migrator/backup/maintenance.h"

namespace backup {
namespace {

constexpr int kAttempts = 6;  // each waits ten seconds for locks

/// The transaction. The intent's table goes with everything else, so that it says whether this was committed. From
/// `is_committing` on, nothing is cancelled any more.
std::vector<std::string> replace_everything(postgres::ScriptPlayer& player, const Intent& intent,
                                            const RestoreRequest& request, const Contents& contents,
                                            const Tool& pg_restore, bool& is_committing) {
  player.execute("BEGIN; SET LOCAL lock_timeout = '10s'");
  lock_everything(player);
  SLUICE_FAILPOINT("restore-locked");
  drop_everything(player, contents);
  SLUICE_FAILPOINT("restore-dropped");
  const std::set<std::string> kept = statements_to_skip(player);
  play(pg_restore, request, contents, Wrapping::kOneTransaction, player, [&kept](const std::string& statement) {
    return kept.count(statement) != 0 || statement.compare(0, 21, "COMMENT ON EXTENSION ") == 0;
  });
  SLUICE_FAILPOINT("restore-played");
  if (!intent.after_sql.empty()) player.execute(intent.after_sql);
  std::vector<std::string> heads = read_heads(player, request);
  compare_heads(heads, request.from);
  // The script may have turned it off; what is reported as restored must be on disk.
  player.execute("SET LOCAL synchronous_commit = on");
  is_committing = true;
  SLUICE_FAILPOINT("restore-compared");
  player.commit();
  SLUICE_FAILPOINT("restore-committed");
  return heads;
}

Restored attempt(const postgres::Target& target, const Intent& intent, const RestoreRequest& request,
                 const Contents& contents, const Tool& pg_restore) {
  bool is_committing = false;
  postgres::ScriptPlayer player(target, restore_settings(),
                                [&] { return !is_committing && request.cancelled && request.cancelled(); });
  // A killed restore's backend may still be at work, even at its COMMIT: it holds this key until it is gone.
  take_restore_key([&player](const std::string& statement) { return player.query(statement); }, target.database(),
                   request.cancelled);
  const postgres::Rows still = player.query("SELECT 1 FROM pg_catalog.pg_class WHERE relname = 'sluice_restore'");
  if (still.empty()) return {.method = Method::kInPlace, .heads = read_heads(player, request)};
  if (const std::optional<std::string> obstacle = in_place_obstacle(player, contents))
    throw PermanentError("restore in place: " + *obstacle, report::ExitCode::kNotWentBack);
  Restored restored{.method = Method::kInPlace};
  restored.heads = replace_everything(player, intent, request, contents, pg_restore, is_committing);
  analyze(player);
  return restored;
}

}  // namespace

Restored restore_in_place(const postgres::Target& target, const Intent& intent, const RestoreRequest& request,
                          const Tool& pg_restore) {
  if (request.progress) request.progress("restoring 0 %");
  const Contents contents = read_contents(pg_restore, request.from, target);
  for (int number = 1;; ++number) {
    try {
      return attempt(target, intent, request, contents, pg_restore);
    } catch (const TransientError& error) {
      const bool is_cancelled = request.cancelled && request.cancelled();
      if (is_cancelled || error.code != report::ExitCode::kNotNow || number >= kAttempts) throw;
      logging::warning("restore in place is tried again", {{"attempt", number}, {"why", error.what()}});
    }
  }
}

}  // namespace backup
