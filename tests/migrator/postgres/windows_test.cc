// Many small steps in one message, one large step in windows, all steps in one transaction.
#include "tests/migrator/postgres/apply_fixture.h"

namespace apply_test {
namespace {

class Windows : public ApplyFixture {};

// A larger file goes in windows inside one open transaction.
TEST_F(Windows, SendsALargeFileInWindowsOfOneTransaction) {
  std::string text = "CREATE TABLE a (id int);\n";
  for (int i = 0; i < 1200; ++i) text += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  EXPECT_FALSE(apply(step("a", text)));
  EXPECT_EQ(one("SELECT count(*) FROM a"), "1200");
  EXPECT_EQ(one("SELECT count(DISTINCT xmin::text) FROM a"), "1");
}

TEST_F(Windows, RollsAllWindowsBackWhenTheLastFails) {
  std::string text = "CREATE TABLE a (id int);\n";
  for (int i = 0; i < 1200; ++i) text += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  const auto failed = apply(step("a", text + "SELECT 1/0;"));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->statement, 1202);
  EXPECT_EQ(failed->line, 1202);
  EXPECT_FALSE(exists("a"));
}

// A server that keeps answering leaves no pause in which one would look for SIGTERM.
class Cancelled : public ApplyFixture {
 protected:
  /// SIGTERM comes when the file's first statement is done.
  Cancelled() {
    options.cancelled = [this] { return told; };
    options.progress = [this](int, int) { told = true; };
  }
  void expect_rolled_back(const std::optional<StepError>& failed) {
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->code, ExitCode::kCancelled) << failed->message;
    EXPECT_FALSE(exists("a"));
    EXPECT_EQ(done(), "");
  }
  bool told = false;
};

TEST_F(Cancelled, EndsBetweenTwoWindows) {
  std::string text = "CREATE TABLE a (id int);\n";
  for (int i = 0; i < 1200; ++i) text += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  expect_rolled_back(apply(step("s", text)));
}

TEST_F(Cancelled, EndsBetweenTwoWindowsOfABlockOfItsOwn) {
  std::string text = "BEGIN; CREATE TABLE a (id int);\n";
  for (int i = 0; i < 1200; ++i) text += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  const auto failed = apply(outside_step("s", text + "COMMIT;"));
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->code, ExitCode::kCancelled) << failed->message;
  EXPECT_FALSE(exists("a"));
}

TEST_F(Cancelled, EndsWhileRowsGoIn) {
  std::string text = "CREATE TABLE a (id int);\nCOPY a FROM STDIN;\n";
  for (int i = 0; i < 500000; ++i) text += "1\n";
  expect_rolled_back(apply(step("s", text + "\\.\n")));
}

TEST_F(Cancelled, EndsWhileRowsComeOut) {
  expect_rolled_back(apply("CREATE TABLE a (id int);\nSELECT repeat('x', 1000) FROM generate_series(1, 200000);\n"));
}

// run-protocol, Lock 3: inside each message
TEST_F(Windows, GuardsEachWindow) {
  std::string text =
      "CREATE TABLE a (id int); SELECT pg_terminate_backend(" + std::to_string(lock->pid()) + ", 5000);\n";
  for (int i = 0; i < 600; ++i) text += "INSERT INTO a VALUES (" + std::to_string(i) + ");\n";
  EXPECT_THROW(static_cast<void>(apply(step("a", text))), TransientError);
  EXPECT_FALSE(exists("a"));
}

TEST_F(Windows, AppliesManySmallStepsInOrder) {
  std::vector<StepSql> steps;
  for (int i = 0; i < 100; ++i)
    steps.push_back(step(std::to_string(i), "CREATE TABLE t" + std::to_string(i) + " (id int)"));
  std::size_t count = 0;
  EXPECT_FALSE(applier().apply_all(steps, count));
  EXPECT_EQ(count, 100u);
  EXPECT_EQ(one("SELECT count(DISTINCT xmin::text) FROM public.done"), "100");
  EXPECT_EQ(one("SELECT string_agg(name, ',' ORDER BY ctid) = (SELECT string_agg(i::text, ',' ORDER BY i) FROM "
                "generate_series(0, 99) AS i) FROM public.done"),
            "t");
}

TEST_F(Windows, KeepsTheStepsBeforeTheOneThatFails) {
  std::size_t count = 0;
  const auto failed = applier().apply_all({step("a", "CREATE TABLE a (id int)"), step("b", "CREATE TABLE b (id int)"),
                                           step("c", "SELECT 1;\nSELECT 1/0"), step("d", "CREATE TABLE d (id int)")},
                                          count);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message, "c.sql:2: statement 2: division by zero (22012)");
  EXPECT_EQ(count, 2u);
  EXPECT_EQ(done(), "a, b");
}

// run-protocol, A transactional step 3: a syntax error means that nothing of the message ran.
TEST_F(Windows, KeepsTheStepsBeforeASyntaxError) {
  std::size_t count = 0;
  const auto failed = applier().apply_all(
      {step("a", "CREATE TABLE a (id int)"), step("b", "SELECT nonsense FROM FROM"), step("c", "SELECT 1")}, count);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message.substr(0, 8), "b.sql:1:");
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(done(), "a");
}

TEST_F(Windows, AppliesAllInOneTransactionWhereAsked) {
  EXPECT_FALSE(
      applier().apply_in_one_transaction({step("a", "SET search_path = pg_catalog; CREATE TABLE public.a (id int)"),
                                          step("b", "CREATE TABLE b (id int)")}));
  EXPECT_EQ(done(), "a, b");
  EXPECT_TRUE(exists("public.b"));
  EXPECT_EQ(one("SELECT count(DISTINCT xmin::text) FROM public.done"), "1");
}

TEST_F(Windows, RollsAllBackTogetherWhereAsked) {
  const auto failed =
      applier().apply_in_one_transaction({step("a", "CREATE TABLE a (id int)"), step("b", "SELECT 1/0")});
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->message.substr(0, 5), "b.sql");
  EXPECT_FALSE(exists("a"));
  EXPECT_EQ(done(), "");
}

// run-protocol, A non-transactional step: `transaction: all` with such a revision is refused.
TEST_F(Windows, RefusesAConcurrentIndexInOneTransactionAroundAll) {
  EXPECT_THROW(
      static_cast<void>(applier().apply_in_one_transaction({step("a", "CREATE INDEX CONCURRENTLY i ON done (name)")})),
      PermanentError);
}

}  // namespace
}  // namespace apply_test
