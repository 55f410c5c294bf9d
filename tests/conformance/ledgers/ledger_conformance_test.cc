// What every ledger must do, whatever its table looks like:
//
//   no table --create_sql--> [] --insert a--> [a] --update a->b--> [b] --insert c--> [b, c] --erase c, update b->d-->
//   [d]
#include <gtest/gtest.h>

#include "common/error.h"
#include "migrator/ledgers/ledger.h"
#include "tests/support/postgres_server.h"

namespace {

using ledgers::Ledger;
using postgres::Session;
using revisions::HeadChange;
using Heads = std::vector<std::string>;

struct Kind {
  const char* name;
  std::unique_ptr<Ledger> (*make)(const spec::Ledger&);
};
void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

class LedgerConformance : public testing::TestWithParam<Kind> {
 protected:
  void create() { session.execute(ledger->create_sql()); }
  void change(const HeadChange& change) { session.execute("BEGIN;" + ledger->change_sql(change) + "COMMIT"); }
  report::ExitCode refusal(const HeadChange& wrong) {
    try {
      change(wrong);
    } catch (const Error& error) {
      session.execute("ROLLBACK");
      return error.code;
    }
    return report::ExitCode::kDone;
  }

  Session session = Session::open(postgres::Target::parse(support::PostgresServer::shared().new_database()));
  std::unique_ptr<Ledger> ledger = GetParam().make({.table = "the \"ledger\"", .schema = "public"});
};

TEST_P(LedgerConformance, IsNoneWhereThereIsNoTable) { EXPECT_EQ(ledger->read(session), std::nullopt); }

TEST_P(LedgerConformance, IsEmptyOnceCreated) {
  create();
  EXPECT_EQ(ledger->read(session), Heads{});
}

TEST_P(LedgerConformance, CreatesItsTableOnlyIfMissing) {
  create();
  change({.insert = {"a"}});
  create();
  EXPECT_EQ(ledger->read(session), Heads{"a"});
}

TEST_P(LedgerConformance, FollowsAChainABranchAndAMerge) {
  create();
  change({.insert = {"a"}});
  change({.update = {{"a", "b"}}});
  change({.insert = {"c"}});
  EXPECT_EQ(ledger->read(session), (Heads{"b", "c"}));
  change({.erase = {"c"}, .update = {{"b", "d"}}});
  EXPECT_EQ(ledger->read(session), Heads{"d"});
}

TEST_P(LedgerConformance, ReadsRowsInByteOrder) {
  create();
  change({.insert = {"b", "B", "ä", "a"}});
  EXPECT_EQ(ledger->read(session), (Heads{"B", "a", "b", "ä"}));
}

TEST_P(LedgerConformance, KeepsIdsWithQuotesAndBackslashes) {
  create();
  change({.insert = {"it's \\ \"1\""}});
  EXPECT_EQ(ledger->read(session), Heads{"it's \\ \"1\""});
}

// run-protocol, Lock 3: an UPDATE of 0 rows followed by COMMIT goes through silently.
TEST_P(LedgerConformance, RefusesToUpdateARowThatIsNotThere) {
  create();
  EXPECT_EQ(refusal({.update = {{"gone", "b"}}}), report::ExitCode::kHistoryMismatch);
  EXPECT_EQ(ledger->read(session), Heads{});
}

// run-protocol, Lock 3
TEST_P(LedgerConformance, RefusesToEraseARowThatIsNotThere) {
  create();
  EXPECT_EQ(refusal({.erase = {"gone"}}), report::ExitCode::kHistoryMismatch);
}

TEST_P(LedgerConformance, NeedsNoParticularSearchPath) {
  create();
  session.execute("SET search_path = pg_catalog, pg_temp");
  change({.insert = {"a"}});
  change({.update = {{"a", "b"}}});
  EXPECT_EQ(ledger->read(session), Heads{"b"});
}

TEST_P(LedgerConformance, TakesIdsOf255CharactersInATableOfItsOwn) {
  create();
  EXPECT_EQ(ledger->max_id_length(session), 255);
  change({.insert = {std::string(255, 'x')}});
  EXPECT_EQ(ledger->read(session), Heads{std::string(255, 'x')});
}

TEST_P(LedgerConformance, RefusesATableOfAnotherShape) {
  session.execute("CREATE TABLE " + ledger->quoted() + " (something int)");
  EXPECT_THROW(ledger->read(session), PermanentError);
}

INSTANTIATE_TEST_SUITE_P(Alembic, LedgerConformance, testing::Values(Kind{"alembic", ledgers::make_alembic_ledger}));

// Alembic makes it varchar(32); long ids must be refused before anything runs (run-protocol, State).
TEST(AlembicLedger, KnowsTheLengthOfATableThatAlembicMade) {
  Session session = Session::open(postgres::Target::parse(support::PostgresServer::shared().new_database()));
  session.execute("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)");
  EXPECT_EQ(ledgers::make_alembic_ledger({})->max_id_length(session), 32);
}

TEST(AlembicLedger, TakesAnyLengthInATextColumn) {
  Session session = Session::open(postgres::Target::parse(support::PostgresServer::shared().new_database()));
  session.execute("CREATE TABLE alembic_version (version_num text NOT NULL)");
  EXPECT_EQ(ledgers::make_alembic_ledger({})->max_id_length(session), std::nullopt);
}

TEST(AlembicLedger, RefusesAnUpdateThatHitsTwoRows) {
  Session session = Session::open(postgres::Target::parse(support::PostgresServer::shared().new_database()));
  session.execute("CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('a'), ('a')");
  EXPECT_THROW(session.execute(ledgers::make_alembic_ledger({})->change_sql({.update = {{"a", "b"}}})), PermanentError);
}

}  // namespace
