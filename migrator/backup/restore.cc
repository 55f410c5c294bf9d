#include "migrator/backup/restore.h"

#include <unistd.h>

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

constexpr report::ExitCode kRestoreFailed = report::ExitCode::kNotWentBack;

[[noreturn]] void refuse_restore(const std::string& what) {
  throw PermanentError(what + "; nothing was changed", kRestoreFailed);
}

std::optional<std::string> what_is_wrong_with(const Backup& from) {
  if (from.mode == "schema") return "backup " + from.file + " holds the schema without rows";
  if (::access(from.path().c_str(), R_OK) != 0) return "can't read the backup " + from.path();
  if (sha256_of_file(from.path()) != from.sha256)
    return "backup " + from.file + " is damaged: its SHA-256 is not the one written beside it";
  return std::nullopt;
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
    if (const auto problem = what_is_wrong_with(request_.from)) refuse_restore(*problem);
    pg_restore_ = find_tool("pg_restore", request_.pg_bin, kRestoreFailed);
    open_maintenance_session();
    choose();
    {
      postgres::Session session = open_database();
      drop_earlier_work(session);
      write_intent(session, intent_);
    }
    SLUICE_FAILPOINT("restore-intended");
    try {
      return intent_.in_place ? in_place() : by_swap();
    } catch (const Error& error) {
      if (request_.by_hand && is_passing(error)) try_to_remove_what_was_begun();
      throw;
    }
  }

  Continued go_on() {
    open_maintenance_session();
    for (const SwapDatabase& each : leftovers())
      if (each.kind == SwapDatabase::Kind::kReady && !was_by_hand_and_is_open(each))
        return {.restored = finish_switch(each)};
    std::optional<Intent> found;
    {
      postgres::Session session = open_database();
      found = read_intent(session);
    }
    if (!found || found->by_hand) return {.given_up = remove_what_was_begun()};
    logging::info("a restore that was left unfinished goes on", {{"backup", found->from.file}});
    take_over(*found);
    if (const auto problem = what_is_wrong_with(request_.from))
      give_up("the restore that run " + found->run + " left unfinished is given up: " + *problem);
    choose();
    if (intent_.work != found->work || intent_.in_place != found->in_place) {
      postgres::Session session = open_database();
      write_intent(session, intent_);
    }
    return {.restored = intent_.in_place ? in_place() : by_swap()};
  }

  /// Without the run's lock: only where nobody can have got in since the database was closed for the switch.
  std::optional<Restored> go_on_if_closed() {
    try {
      open_maintenance_session();
    } catch (const TransientError&) {
      if (maintenance_) throw;  // another process restores
      return std::nullopt;      // as little as the database itself, whose refusal the caller tells
    }
    for (const SwapDatabase& each : leftovers())
      if (each.kind == SwapDatabase::Kind::kReady && !is_open(each.of)) return finish_switch(each);
    return std::nullopt;
  }

 private:
  postgres::Session open_database() const { return postgres::Session::open(target_, restore_settings()); }

  /// Whose is what a session of the target makes.
  std::string role() const {
    postgres::Session session = open_database();
    return session.query("SELECT current_user").at(0)[0].value_or("");
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

  /// Fills in the intent.
  void choose() {
    intent_.from = request_.from;
    intent_.run = request_.run;
    intent_.after_sql = request_.after_sql;
    intent_.by_hand = request_.by_hand;
    intent_.in_place = true;
    if (request_.method == Method::kInPlace) return;
    const std::optional<std::string> obstacle =
        maintenance_ ? swap_obstacle(*maintenance_, target_.database()) : no_maintenance_;
    if (obstacle && request_.method == Method::kSwap)
      refuse_restore("can't restore database " + target_.database() + " by swap: " + *obstacle);
    if (obstacle) {
      logging::info("restoring in place", {{"why_not_swap", *obstacle}});
      return;
    }
    intent_.in_place = false;
    if (intent_.work.empty()) name_databases();
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
    request_.method = found.in_place ? Method::kInPlace : Method::kAuto;
    intent_ = found;
    pg_restore_ = find_tool("pg_restore", request_.pg_bin, kRestoreFailed);
  }

  /// Whoever asked for it may have turned away, and others may have written since.
  bool was_by_hand_and_is_open(const SwapDatabase& ready) { return !ready.by_hand.empty() && is_open(ready.of); }

  /// Before anything was changed. Path of the backup, if it was to be restored by hand; empty: there was nothing.
  std::string remove_what_was_begun() {
    postgres::Session session = open_database();
    // A killed restore's backend may still be at its COMMIT: afterwards there is no intent.
    take_restore_key([&session](const std::string& statement) { return session.query(statement); }, target_.database(),
                     {});
    std::string by_hand;
    for (const SwapDatabase& each : leftovers())
      if (!each.by_hand.empty()) by_hand = each.by_hand;
    if (const std::optional<Intent> intent = read_intent(session)) by_hand = intent->from.path();
    drop_earlier_work(session);
    forget_intent(session);
    return by_hand;
  }

  /// What can't be removed now, the next run removes.
  void try_to_remove_what_was_begun() {
    try {
      remove_what_was_begun();
    } catch (const Error& error) {
      logging::warning("what the restore had begun is left for the next run to remove", {{"why", error.what()}});
    }
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
      return finish_switch(build(*maintenance_, admin_, target_.database(), role(), intent_, request_, *pg_restore_));
    } catch (const Error& error) {
      if (is_passing(error)) throw;
      drop_database(*maintenance_, intent_.work);
      if (request_.method == Method::kSwap) give_up(failed(error));
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
    if (!is_open(database)) return;
    postgres::Session session = open_database();
    forget_intent(session);
  }

  bool is_open(const std::string& database) {
    return !maintenance_->query("SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1 AND datallowconn", {database})
                .empty();
  }

  Restored in_place() {
    try {
      Restored restored = restore_in_place(target_, intent_, request_, *pg_restore_);
      if (maintenance_ && !intent_.work.empty()) drop_database(*maintenance_, intent_.work);
      return restored;
    } catch (const Error& error) {
      if (is_passing(error)) throw;
      give_up(failed(error));
    }
  }

  std::string failed(const Error& error) const {
    return "restore of " + request_.from.file + " failed: " + error.what();
  }

  /// The transaction or the new database is gone: the old state stands.
  [[noreturn]] void give_up(const std::string& why) {
    postgres::Session session = open_database();
    drop_earlier_work(session);
    forget_intent(session);
    refuse_restore(why);
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

Continued continue_unfinished(const postgres::Target& target, const RestoreRequest& request) {
  return Restoration(target, request).go_on();
}

std::optional<Restored> continue_closed(const postgres::Target& target, const RestoreRequest& request) {
  return Restoration(target, request).go_on_if_closed();
}

}  // namespace backup
