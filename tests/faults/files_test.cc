// Bad files: each is refused with the file's name, before anything is changed (issue 3, "Bad input and faults").
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::last_value;
using support::MigratorWorld;
using testing::HasSubstr;

namespace {

struct Refused {
  int code = 0;
  std::string message = {};
};
Refused upgrade(const MigratorWorld& world, const std::string& target = "heads") {
  const Finished run = world.sluice({"upgrade", target});
  return {run.code, last_value(run.out, "message")};
}
bool is_untouched(const MigratorWorld& world) {
  return world.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'") ==
         "0";
}
/// Not even a ledger was made.
bool is_empty(const MigratorWorld& world) {
  return world.ask(
             "SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384) + (SELECT count(*) FROM pg_namespace WHERE oid "
             ">= 16384)") == "0";
}

}  // namespace

// guides E9: a duplicate id is a hard error naming both files
TEST(BadFiles, DuplicateId) {
  const MigratorWorld world;
  world.file("a1_one.up.sql", "-- revision: a1\nCREATE TABLE t1(id int);\n");
  world.file("a1_two.up.sql", "-- revision: a1\nCREATE TABLE t2(id int);\n");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(run.message, AllOf(HasSubstr("a1_one.up.sql"), HasSubstr("a1_two.up.sql")));
  EXPECT_TRUE(is_untouched(world));
}

TEST(BadFiles, NumbersThatAreEqualAsNumbers) {
  const MigratorWorld world;
  world.file("1_one.up.sql", "CREATE TABLE t1(id int);\n");
  world.file("01_two.up.sql", "CREATE TABLE t2(id int);\n");
  EXPECT_EQ(upgrade(world).code, 21);
}

TEST(BadFiles, MissingParent) {
  const MigratorWorld world;
  world.file("a2_two.up.sql", "-- revision: a2\n-- revises: a1\nCREATE TABLE t2(id int);\n");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(run.message, AllOf(HasSubstr("a2_two.up.sql"), HasSubstr("a1")));
  EXPECT_TRUE(is_empty(world));
}

TEST(BadFiles, Cycle) {
  const MigratorWorld world;
  world.file("a1_one.up.sql", "-- revision: a1\n-- revises: a2\nCREATE TABLE t1(id int);\n");
  world.file("a2_two.up.sql", "-- revision: a2\n-- revises: a1\nCREATE TABLE t2(id int);\n");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(run.message, AllOf(HasSubstr("a1_one.up.sql"), HasSubstr("a2_two.up.sql")));
  EXPECT_TRUE(is_empty(world));
}

// guides T: "multiple heads" lists them
TEST(BadFiles, SeveralHeadsForOneHead) {
  const MigratorWorld world;
  world.file("a1_one.up.sql", "-- revision: a1\nCREATE TABLE t1(id int);\n");
  world.file("b1_two.up.sql", "-- revision: b1\nCREATE TABLE t2(id int);\n");
  const Refused run = upgrade(world, "head");
  EXPECT_EQ(run.code, 21);
  EXPECT_THAT(run.message, AllOf(HasSubstr("a1"), HasSubstr("b1")));
  EXPECT_TRUE(is_empty(world));
  EXPECT_EQ(upgrade(world, "heads").code, 0);
  EXPECT_EQ(world.versions(), "a1,b1");
}

TEST(BadFiles, EmptyFolder) {
  const MigratorWorld world;
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.message, HasSubstr("no migration files"));
}

TEST(BadFiles, NoFolder) {
  const MigratorWorld world;
  const Finished run = world.sluice({"upgrade", "--migrations", "/no/such/folder"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.out, HasSubstr("/no/such/folder"));
}

// A link out of the folder reads what the author of a ConfigMap must not see.
TEST(BadFiles, LinkThatLeavesTheFolder) {
  const MigratorWorld world;
  world.tables(1);
  support::run_program({"ln", "-s", "/etc/passwd", world.migrations() + "/002_step.up.sql"});
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.message, HasSubstr("002_step.up.sql"));
}

TEST(BadFiles, UnreadableFile) {
  const MigratorWorld world;
  world.tables(1);
  support::run_program({"ln", "-s", "gone.sql", world.migrations() + "/002_step.up.sql"});
  EXPECT_EQ(upgrade(world).code, 2);
}

TEST(BadFiles, NameWithNewline) {
  const MigratorWorld world;
  world.file("001_a\nb.up.sql", "SELECT 1;");
  EXPECT_EQ(upgrade(world).code, 2);
}

TEST(StrangeFiles, NamesWithQuotesDotsAndNonAscii) {
  const MigratorWorld world;
  world.file("001_it's \"so\".up.sql", "CREATE TABLE t1(id int);");
  world.file("002_..x...up.sql", "CREATE TABLE t2(id int);");
  world.file("003_größe_テーブル.up.sql", "CREATE TABLE t3(id int);");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 0) << run.message;
  EXPECT_EQ(world.versions(), "003");
}

// A byte order mark, and psql's own lines of a dump.
TEST(StrangeFiles, ByteOrderMarkAndRestrict) {
  const MigratorWorld world;
  world.file("001_dump.up.sql", "\xEF\xBB\xBF\\restrict abc\nCREATE TABLE t1(id int);\n\\unrestrict abc\n");
  EXPECT_EQ(upgrade(world).code, 0);
}

TEST(StrangeFiles, CopyWithData) {
  const MigratorWorld world;
  world.file("001_data.up.sql",
             "CREATE TABLE t1(id int, note text);\nCOPY t1 FROM stdin;\n1\tone;\n2\t\\N\n\\.\nSELECT 1;\n");
  EXPECT_EQ(upgrade(world).code, 0);
  EXPECT_EQ(world.ask("SELECT count(*) FROM t1"), "2");
}

// run-protocol: larger files go in windows inside one transaction
TEST(StrangeFiles, FiftyMegabytes) {
  const MigratorWorld world;
  std::string text = "CREATE TABLE t1(id int, note text);\n";
  const std::string note(1000, 'n');
  long count = 0, sum = 0;
  for (; text.size() < 50u * 1024 * 1024; sum += ++count) {
    text += "INSERT INTO t1 VALUES (" + std::to_string(count + 1) + ", '" + note + "');\n";
  }
  world.file("001_big.up.sql", text);
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 0) << run.message;
  EXPECT_EQ(world.versions(), "001");
  EXPECT_EQ(world.ask("SELECT count(*) || ' ' || sum(id) || ' ' || sum(length(note)) FROM t1"),
            std::to_string(count) + " " + std::to_string(sum) + " " + std::to_string(1000 * count));
  EXPECT_EQ(world.ask("SELECT count(*) FROM (SELECT xmin::text FROM t1 UNION SELECT xmin::text FROM alembic_version "
                      "UNION SELECT xmin::text FROM pg_class WHERE oid = 't1'::regclass) AS transactions"),
            "1");
}

// run-protocol, Transaction control in files: a file with `ROLLBACK;` otherwise leaves no table and a ledger that says
// applied
TEST(BadFiles, TransactionControl) {
  for (const char* word : {"ROLLBACK", "COMMIT", "ABORT", "END", "BEGIN", "PREPARE TRANSACTION 'x'"}) {
    const MigratorWorld world;
    world.revision(1, std::string("CREATE TABLE t1(id int);\n") + word + ";\nSELECT 1;\n");
    const Refused run = upgrade(world);
    EXPECT_EQ(run.code, 20) << word;
    EXPECT_THAT(run.message, HasSubstr("001_step.up.sql:2")) << word;
    EXPECT_TRUE(is_untouched(world)) << word;
  }
}

// The server ends a comment there, whatever an editor shows.
TEST(BadFiles, TransactionControlBehindACarriageReturn) {
  const MigratorWorld world;
  world.revision(1, "CREATE TABLE t1(id int);\n-- \r; ROLLBACK;\nSELECT 1;\n");
  EXPECT_EQ(upgrade(world).code, 20);
  EXPECT_TRUE(is_untouched(world));
}

TEST(StrangeFiles, LinesThatEndInCarriageReturnsAlone) {
  const MigratorWorld world;
  world.file("001_step.up.sql", "-- transaction: off\r-- makes a table\rCREATE TABLE t1(id int);\rVACUUM t1;\r");
  EXPECT_EQ(world.sluice({"upgrade"}).code, 0);
  EXPECT_EQ(world.ask("SELECT to_regclass('t1') IS NOT NULL"), "t");
}

TEST(StrangeFiles, OneTransactionAroundTheWholeFile) {
  const MigratorWorld world;
  world.revision(1, "BEGIN;\nCREATE TABLE t1(id int);\nCOMMIT;\n");
  EXPECT_EQ(upgrade(world).code, 0);
}

// run-protocol, Assembly: a trailing comment else swallows the ledger's statements
TEST(StrangeFiles, TrailingCommentWithoutNewline) {
  const MigratorWorld world;
  world.revision(1, "CREATE TABLE t1(id int) -- the end");
  EXPECT_EQ(upgrade(world).code, 0);
  EXPECT_EQ(world.versions(), "001");
}

TEST(BadFiles, UnterminatedQuote) {
  const MigratorWorld world;
  world.revision(1, "CREATE TABLE t1(id int);\nINSERT INTO t1 VALUES ('oops);\n");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 20);
  EXPECT_THAT(run.message, HasSubstr("001_step.up.sql:2"));
  EXPECT_TRUE(is_untouched(world));
}

TEST(BadFiles, PsqlCommand) {
  const MigratorWorld world;
  world.revision(1, "CREATE TABLE t1(id int);\n\\i other.sql\n");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 20);
  EXPECT_THAT(run.message, HasSubstr("001_step.up.sql:2"));
}

// run-protocol, Which statement failed: with a position…
TEST(BadFiles, SqlErrorWithAPosition) {
  const MigratorWorld world;
  world.revision(1, "CREATE TABLE t1(id int);\n\nSELECT 1;\nSELECT missing FROM t1;\n");
  const Finished run = world.sluice({"upgrade"});
  EXPECT_EQ(run.code, 20);
  EXPECT_THAT(last_value(run.out, "message"), AllOf(HasSubstr("001_step.up.sql:4"), HasSubstr("statement 3")));
  EXPECT_THAT(run.out, HasSubstr("\"column\":8"));
}

// … and without: division by zero, unique violations and deferred constraints have none
TEST(BadFiles, SqlErrorWithoutAPosition) {
  const MigratorWorld world;
  world.revision(1, "CREATE TABLE t1(id int PRIMARY KEY);\nINSERT INTO t1 VALUES (1);\nINSERT INTO t1 VALUES (1);\n");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 20);
  EXPECT_THAT(run.message, AllOf(HasSubstr("001_step.up.sql:3"), HasSubstr("statement 3"), HasSubstr("23505")));
}

TEST(BadFiles, DeferredConstraint) {
  const MigratorWorld world;
  world.revision(1,
                 "CREATE TABLE a(id int PRIMARY KEY);\n"
                 "CREATE TABLE b(a int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO b VALUES (1);\n");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 20);
  EXPECT_THAT(run.message, HasSubstr("23503"));
  EXPECT_TRUE(is_untouched(world));
}

// run-protocol, Reset: a file's SET ROLE otherwise makes the ledger's INSERT fail, a hostile search_path shadows
// `now()`
TEST(StrangeFiles, RoleAndSearchPathLeftBehind) {
  const MigratorWorld world;
  world.ask("CREATE ROLE nobody_" + std::to_string(::getpid()));
  const std::string role = "nobody_" + std::to_string(::getpid());
  world.revision(1,
                 "CREATE SCHEMA evil;\nCREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
                 "'SELECT 1/0; SELECT NULL::timestamptz';\nSET search_path = evil, pg_catalog;\nSET ROLE " +
                     role + ";\n");
  world.revision(2, "CREATE TABLE t2(id int);\n");
  const Refused run = upgrade(world);
  EXPECT_EQ(run.code, 0) << run.message;
  EXPECT_EQ(world.ask("SELECT schemaname FROM pg_tables WHERE tablename = 't2'"), "public");
}
