// tests/migrator/postgres/apply_fixture.h: a database, the run lock on it, steps written as text, and what they left.
#pragma once
#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "common/error.h"
#include "migrator/postgres/apply.h"
#include "migrator/postgres/lock.h"
#include "migrator/postgres/session.h"
#include "tests/support/postgres_server.h"

namespace apply_test {

using postgres::Applier;
using postgres::ApplyOptions;
using postgres::Session;
using postgres::StepError;
using postgres::StepSql;
using postgres::Target;
using report::ExitCode;
using revisions::TransactionMode;

class ApplyFixture : public testing::Test {
 protected:
  ApplyFixture() {
    look.execute("CREATE TABLE public.done (name text)");
    lock.emplace(postgres::RunLock::acquire(target, keys, {}));
  }

  /// A step whose bookkeeping is one row of public.done.
  StepSql step(const std::string& name, const std::string& text) {
    scripts.push_back({name + ".sql", text, ""});
    StepSql made;
    made.name = name;
    made.script = &scripts.back();
    made.bookkeeping = "INSERT INTO public.done VALUES ('" + name + "');";
    return made;
  }
  /// A non-transactional step: public.done holds "NAME begun", "NAME k" for each progress, "NAME".
  StepSql outside_step(const std::string& name, const std::string& text, TransactionMode mode = TransactionMode::kOff) {
    StepSql made = step(name, text);
    made.transaction = mode;
    made.begin_sql = "INSERT INTO public.done VALUES ('" + name + " begun')";
    made.progress_sql = [name](int applied) {
      return "INSERT INTO public.done VALUES ('" + name + " " + std::to_string(applied) + "')";
    };
    made.finish_sql = made.bookkeeping;
    return made;
  }

  Applier& applier() {
    if (!applier_) applier_.emplace(target, keys, *lock, options);
    return *applier_;
  }
  std::optional<StepError> apply(const StepSql& made) { return applier().apply(made); }
  std::optional<StepError> apply(const std::string& text) { return apply(step("s", text)); }

  std::string one(const std::string& query) { return look.query(query)[0][0].value_or("NULL"); }
  std::string done() { return one("SELECT coalesce(string_agg(name, ', ' ORDER BY ctid), '') FROM public.done"); }
  bool exists(const std::string& name) { return one("SELECT to_regclass('" + name + "') IS NOT NULL") == "t"; }
  bool is_valid(const std::string& index) {
    const postgres::Rows rows =
        look.query("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", {index});
    return !rows.empty() && rows[0][0] == "t";
  }
  bool is_asleep(const std::string& pid) {
    return one("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid = " + pid) == "1";
  }
  std::string apply_pid() { return std::to_string(applier().backend_pid()); }

  std::string url = support::PostgresServer::shared().new_database();
  Target target = Target::parse(url);
  postgres::Keys keys = postgres::keys_for("public.alembic_version");
  Session look = Session::open(target);
  std::optional<postgres::RunLock> lock;
  ApplyOptions options;
  std::deque<revisions::Script> scripts;

 private:
  std::optional<Applier> applier_;
};

}  // namespace apply_test
