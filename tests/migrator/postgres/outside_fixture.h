// tests/migrator/postgres/outside_fixture.h: non-transactional steps on a table t of nine rows.
#pragma once
#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {

class OutsideFixture : public ApplyFixture {
 protected:
  OutsideFixture() {
    look.execute("CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, i::text FROM generate_series(1, 9) i");
  }

  std::optional<StepError> apply_outside(const std::string& text) { return apply(outside_step("s", text)); }
  /// The same step as a later run sees it, which knows that `applied` statements were recorded.
  std::optional<StepError> resume(const std::string& text, int applied) {
    StepSql made = outside_step("s", text);
    made.resumed = true;
    made.already_applied = applied;
    made.begin_sql = "";
    return apply(made);
  }
  void leave_invalid_index(const std::string& create_unique) {
    look.execute("INSERT INTO t VALUES (1, '1')");
    EXPECT_THROW(look.execute(create_unique), Error);
    look.execute("DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t)");
  }
};

}  // namespace apply_test
