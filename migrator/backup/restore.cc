#include "migrator/backup/restore.h"

#include <unistd.h>

#include <algorithm>

#include "common/error.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "migrator/backup/in_place.h"
#include "migrator/backup/intent.h"
#include "migrator/backup/maintenance.h"
#include "migrator/backup/metadata.h"
#include "migrator/backup/sha256.h"
#include "migrator/backup/swap.h"

namespace backup {
namespace {

constexpr report::ExitCode kFailed = report::ExitCode::kNotWentBack;

[[noreturn]] void refuse(const std::string& what) { throw PermanentError(what + "; nothing was changed", kFailed); }

void check_backup(const Backup& from) {
  if (from.mode == "schema") refuse("backup " + from.file + " holds the schema without rows");
  if (::access(from.path().c_str(), R_OK) != 0) refuse("can't read the backup " + from.path());
  if (sha256_of_file(from.path()) != from.sha256)
    refuse("backup " + from.file + " is damaged: its SHA-256 is not the one written beside it");
}

/// Cancelled, or the connection is gone, or somebody is in the way: it will work later.
bool is_passing(const Error& error) {
  return dynamic_cast<const PermanentError*>(&error) == nullptr && error.code != report::ExitCode::kNotAllowed;
}

/// One restore of one database, from the first question to the end, or from where a killed one stopped.
class Restoration {
 public:
  Restoration(const postgres::Target& target, RestoreRequest request)
      : target_(target), admin_(request.maintenance.value_or(target)), request_(std::move(request)) {}

  Restored start() {
    check_backup(request_.from);
    pg_restore_ = find_tool("pg_restore", request_.pg_bin, kFailed);
    open_maintenance_session();
    const bool swap = choose();
    {
      postgres::Session session = open_database();
      drop_earlier_work(session);
      write_intent(session, intent_);
    }
    SLUICE_FAILPOINT("restore-intended");
    return swap ? by_swap() : in_place();
  }

  std::optional<Restored> go_on() {
    open_maintenance_session();
    const std::vector<SwapDatabase> left = leftovers();
    for (const SwapDatabase& each : left)
      if (each.kind == SwapDatabase::Kind::kReady) return finish_switch(each);
    std::optional<Intent> found;
    {
      postgres::Session session = open_database();
      found = read_intent(session);
      if (!found) drop_earlier_work(session);
    }
    if (!found) return std::nullopt;
    logging::info("a restore that was left unfinished goes on", {{"backup", found->from.file}});
    take_over(*found);
    return choose() ? by_swap() : in_place();
  }

 private:
  postgres::Session open_database() const {
    return postgres::Session::open(target_, {.application_name = "sluice restore"});
  }

  /// In place works without it, unless swap was asked for: then why is told.
  void open_maintenance_session() {
    try {
      maintenance_ = open_maintenance(admin_, target_.database());
    } catch (const Error& error) {
      if (is_passing(error)) throw;
      no_maintenance_ = error.what();
      return;
    }
    take_restore_key([this](const std::string& statement) { return maintenance_->query(statement); },
                     target_.database(), request_.cancelled);
  }

  std::vector<SwapDatabase> leftovers() {
    std::vector<SwapDatabase> result;
    if (!maintenance_) return result;
    for (const SwapDatabase& each : swap_databases(*maintenance_, target_.database()))
      if (each.kind != SwapDatabase::Kind::kBefore) result.push_back(each);
    return result;
  }

  /// true: swap. Fills in the intent.
  bool choose() {
    intent_.from = request_.from;
    intent_.run = request_.run;
    intent_.after_sql = request_.after_sql;
    if (request_.method == Method::kInPlace) return false;
    const std::optional<std::string> obstacle =
        maintenance_ ? swap_obstacle(*maintenance_, target_.database()) : no_maintenance_;
    if (obstacle && request_.method == Method::kSwap)
      refuse("can't restore database " + target_.database() + " by swap: " + *obstacle);
    if (obstacle) {
      logging::info("restoring in place", {{"why_not_swap", *obstacle}});
      return false;
    }
    if (intent_.work.empty()) name_databases();
    return true;
  }

  /// Names that nobody has yet.
  void name_databases() {
    const std::string run = request_.run.empty() ? "restore" : request_.run;
    for (int number = 1;; ++number) {
      const std::string suffix = run + (number == 1 ? "" : "_" + std::to_string(number));
      intent_.work = fitted_name(target_.database(), "_restore_" + suffix);
      intent_.before = fitted_name(target_.database(), "_before_" + suffix);
      const postgres::Rows taken = maintenance_->query("SELECT 1 FROM pg_catalog.pg_database WHERE datname IN ($1, $2)",
                                                       {intent_.work, intent_.before});
      if (taken.empty()) return;
    }
  }

  void take_over(const Intent& found) {
    const std::string folder = request_.from.folder;
    request_.from = found.from;
    if (::access(request_.from.path().c_str(), R_OK) != 0 && !folder.empty()) request_.from.folder = folder;
    request_.run = found.run;
    request_.after_sql = found.after_sql;
    request_.method = Method::kAuto;
    intent_ = found;
    pg_restore_ = find_tool("pg_restore", request_.pg_bin, kFailed);
    check_backup(request_.from);
  }

  /// A database that an attempt before this one was building, with or without its comment yet.
  void drop_earlier_work(postgres::Session& session) {
    if (!maintenance_) return;
    for (const SwapDatabase& each : leftovers()) drop_database(*maintenance_, each.name);
    const std::optional<Intent> earlier = read_intent(session);
    if (earlier && !earlier->work.empty()) drop_database(*maintenance_, earlier->work);
  }

  Restored by_swap() {
    try {
      return finish_switch(build(*maintenance_, admin_, target_.database(), intent_, request_, *pg_restore_));
    } catch (const Error& error) {
      if (is_passing(error)) throw;
      drop_database(*maintenance_, intent_.work);
      if (request_.method == Method::kSwap) give_up(error);
      logging::warning("restore by swap failed; restoring in place", {{"why", error.what()}});
    }
    postgres::Session session = open_database();
    if (!read_intent(session)) write_intent(session, intent_);
    return in_place();
  }

  Restored finish_switch(const SwapDatabase& ready) {
    forget_intent_if_open(ready.of);
    SLUICE_FAILPOINT("restore-forgotten");
    return switch_over(*maintenance_, ready, request_);
  }

  /// Once the new database is ready its comment leads on; the old one must not ask for a restore again.
  void forget_intent_if_open(const std::string& database) {
    const postgres::Rows open =
        maintenance_->query("SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1 AND datallowconn", {database});
    if (open.empty()) return;
    postgres::Session session = open_database();
    forget_intent(session);
  }

  Restored in_place() {
    try {
      Restored restored = restore_in_place(target_, intent_, request_, *pg_restore_);
      if (maintenance_ && !intent_.work.empty()) drop_database(*maintenance_, intent_.work);
      return restored;
    } catch (const Error& error) {
      if (is_passing(error)) throw;
      give_up(error);
    }
  }

  /// The transaction or the new database is gone: the old state stands.
  [[noreturn]] void give_up(const Error& error) {
    postgres::Session session = open_database();
    forget_intent(session);
    refuse(std::string("restore of ") + request_.from.file + " failed: " + error.what());
  }

  const postgres::Target& target_;
  postgres::Target admin_;
  RestoreRequest request_;
  Intent intent_ = {};
  std::optional<Tool> pg_restore_ = {};
  std::optional<postgres::Session> maintenance_ = {};  // holds the restore key
  std::optional<std::string> no_maintenance_ = {};     // why there is none
};

}  // namespace

Restored restore(const postgres::Target& target, const RestoreRequest& request) {
  return Restoration(target, request).start();
}

bool is_unfinished(postgres::Session& session) {
  const std::string database = session.query("SELECT pg_catalog.current_database()").at(0)[0].value_or("");
  const std::string key = std::to_string(restore_key(database));
  const postgres::Rows rows = session.query(
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_class WHERE relname = 'sluice_restore' AND relkind = 'r') "
      "OR EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND "
      "(classid::bigint << 32) | objid::bigint = " +
      key +
      ") "
      "OR EXISTS (SELECT FROM pg_catalog.pg_database d CROSS JOIN LATERAL pg_catalog.shobj_description(d.oid, "
      "'pg_database') c WHERE c LIKE '{\"sluice_restore\":\"building\"%' OR c LIKE '{\"sluice_restore\":\"ready\"%')");
  return rows.at(0)[0] == "t";
}

std::optional<Restored> continue_unfinished(const postgres::Target& target, const RestoreRequest& request) {
  return Restoration(target, request).go_on();
}

std::vector<std::string> drop_old_databases(const postgres::Target& target, const RestoreRequest& request, int keep) {
  std::vector<std::string> dropped;
  if (keep <= 0) return dropped;
  const postgres::Target admin = request.maintenance.value_or(target);
  postgres::Session session = open_maintenance(admin, target.database());
  std::vector<SwapDatabase> old;
  for (const SwapDatabase& each : swap_databases(session, target.database()))
    if (each.kind == SwapDatabase::Kind::kBefore) old.push_back(each);
  std::sort(old.begin(), old.end(), [](const SwapDatabase& a, const SwapDatabase& b) { return a.at > b.at; });
  for (std::size_t at = static_cast<std::size_t>(keep); at < old.size(); ++at) {
    drop_database(session, old[at].name);
    dropped.push_back(old[at].name);
  }
  return dropped;
}

WriteCounter count_writes(postgres::Session& session) {
  session.execute("SELECT pg_catalog.pg_stat_clear_snapshot()");
  const postgres::Rows rows = session.query(
      "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint FROM pg_catalog.pg_stat_user_tables "
      "WHERE schemaname <> 'sluice'");
  return {.tuples = std::stoll(rows.at(0)[0].value_or("0"))};
}

}  // namespace backup
