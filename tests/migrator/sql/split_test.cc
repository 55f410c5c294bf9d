// How a script is cut into statements: the edge cases in order (postgres-facts 4.1; run-protocol, "A transactional
// step" 2).
#include <gmock/gmock.h>

#include "migrator/sql/statement.h"

namespace {

using testing::ElementsAre;

std::vector<std::string> texts(std::string_view script) {
  const sql::Script cut = sql::split(script);
  EXPECT_FALSE(cut.problem.has_value()) << (cut.problem ? cut.problem->message : "");
  std::vector<std::string> result;
  for (const sql::Statement& statement : cut.statements) result.emplace_back(statement.text);
  return result;
}

sql::SplitProblem problem(std::string_view script) {
  return sql::split(script).problem.value_or(sql::SplitProblem{.line = 0, .message = "none"});
}

TEST(Split, EndsAStatementAtASemicolon) { EXPECT_THAT(texts("a b; c;\nd"), ElementsAre("a b", "c", "d")); }

TEST(Split, LeavesOutEmptyStatementsAndComments) {
  EXPECT_THAT(texts(";; -- x\n/* y; */ ; select 1 -- z"), ElementsAre("select 1 -- z"));
}

// As the server's lexer: what follows a lone carriage return is no comment to it.
TEST(Split, EndsACommentAtACarriageReturn) {
  EXPECT_THAT(texts("-- all of it\rselect 1;\r-- more\rselect 2;\r"), ElementsAre("select 1", "select 2"));
  EXPECT_THAT(texts("select 1 -- \r; rollback"), ElementsAre("select 1 --", "rollback"));
  EXPECT_THAT(texts("select 'a' -- x\r 'b;'"), ElementsAre("select 'a' -- x\r 'b;'"));
}

TEST(Split, ReadsAScriptWithoutStatementsAsEmpty) { EXPECT_THAT(texts(" -- only a comment"), ElementsAre()); }

TEST(Split, SkipsAByteOrderMark) { EXPECT_THAT(texts("\xEF\xBB\xBFselect 1;"), ElementsAre("select 1")); }

TEST(Split, CountsLinesAndOffsetsFromTheStartOfTheScript) {
  const sql::Script cut = sql::split("a;\n\n  -- note\n  b\n;c");
  ASSERT_EQ(cut.statements.size(), 3U);
  EXPECT_EQ(cut.statements[1].line, 4);
  EXPECT_EQ(cut.statements[1].offset, 16U);
  EXPECT_EQ(cut.statements[2].line, 5);
}

TEST(Split, KeepsSemicolonsInsideQuotes) {
  EXPECT_THAT(texts(R"(select 'a;''b'; select "c;""d")"), ElementsAre(R"(select 'a;''b')", R"(select "c;""d")"));
}

TEST(Split, TakesABackslashLiterallyInAPlainString) {
  EXPECT_THAT(texts(R"(select '\'; b)"), ElementsAre(R"(select '\')", "b"));
}

TEST(Split, TakesABackslashAsAnEscapeInAnEString) {
  EXPECT_THAT(texts(R"(select E'\';'; b)"), ElementsAre(R"(select E'\';')", "b"));
}

TEST(Split, KeepsTheEscapesOfAStringThatGoesOnOnTheNextLine) {
  EXPECT_THAT(texts("select E'a'\n  '\\';'; b"), ElementsAre("select E'a'\n  '\\';'", "b"));
}

TEST(Split, TakesABackslashLiterallyInAUnicodeString) {
  EXPECT_THAT(texts(R"(select U&'\0061\'; b)"), ElementsAre(R"(select U&'\0061\')", "b"));
}

TEST(Split, FollowsStandardConformingStringsOff) {
  EXPECT_THAT(texts("set standard_conforming_strings = off; select '\\';'; b"),
              ElementsAre("set standard_conforming_strings = off", "select '\\';'", "b"));
}

TEST(Split, FollowsTheDatabaseAndReturnsToIt) {
  const sql::Script script = sql::split(
      "select '\\';'; set standard_conforming_strings = on; select '\\'; reset all; select '\\';'; "
      "set standard_conforming_strings = on; set standard_conforming_strings to default; select '\\';'",
      false);
  ASSERT_FALSE(script.problem) << script.problem->message;
  EXPECT_EQ(script.statements.size(), 8U);
  EXPECT_EQ(script.statements.front().text, "select '\\';'");
  EXPECT_EQ(script.statements.back().text, "select '\\';'");
}

TEST(Split, KnowsDollarTags) {
  EXPECT_THAT(texts("do $a$ x; $b$ y; $$ $a$; select $1; $ä$;$ä$"),
              ElementsAre("do $a$ x; $b$ y; $$ $a$", "select $1", "$ä$;$ä$"));
}

TEST(Split, TakesADollarInsideANameAsPartOfIt) {
  EXPECT_THAT(texts("select x$BEGIN; y$BEGIN"), ElementsAre("select x$BEGIN", "y$BEGIN"));
}

TEST(Split, KnowsNestedComments) {
  EXPECT_THAT(texts("a /* ; /* ; */ ; */ b; c"), ElementsAre("a /* ; /* ; */ ; */ b", "c"));
}

TEST(Split, KeepsARuleWithSeveralActionsWhole) {
  EXPECT_THAT(texts("create rule r as on insert to t do (delete from a; delete from b); c"),
              ElementsAre("create rule r as on insert to t do (delete from a; delete from b)", "c"));
}

TEST(Split, KeepsABeginAtomicBodyWhole) {
  const std::string function =
      "create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end";
  EXPECT_THAT(texts(function + "; c"), ElementsAre(function, "c"));
}

TEST(Split, EndsAnOrdinaryBeginAtItsSemicolon) {
  EXPECT_THAT(texts("begin; a; end; b"), ElementsAre("begin", "a", "end", "b"));
}

TEST(Split, TakesTheDataOfCopyAsWritten) {
  const sql::Script cut = sql::split("COPY t (a) FROM stdin; -- rows\n1;\n\\.x\n'\n\\.\nselect 1;");
  ASSERT_EQ(cut.statements.size(), 2U);
  EXPECT_EQ(cut.statements[0].copy_data, "1;\n\\.x\n'\n");
  EXPECT_EQ(cut.statements[1].text, "select 1");
  EXPECT_EQ(cut.statements[1].line, 6);
}

TEST(Split, AcceptsCopyWithoutRows) {
  const sql::Script cut = sql::split("copy t from stdin;\r\n\\.\r\n");
  ASSERT_EQ(cut.statements.size(), 1U);
  EXPECT_EQ(cut.statements[0].copy_data, "");
}

TEST(Split, LeavesCopyToStdoutAlone) {
  EXPECT_THAT(texts("copy t to stdout; b"), ElementsAre("copy t to stdout", "b"));
}

TEST(Split, SaysThatCopyDataHasNoEnd) { EXPECT_EQ(problem("x;\ncopy t from stdin;\n1\n").line, 2); }

TEST(Split, RefusesSqlBehindCopyOnTheSameLine) {
  EXPECT_THAT(problem("copy t from stdin; select 1;\n\\.\n").message, testing::HasSubstr("same line"));
}

TEST(Split, RefusesAPsqlCommandByName) {
  EXPECT_EQ(problem("select 1;\n\\connect other\n").line, 2);
  EXPECT_THAT(problem("\\i other.sql").message, testing::HasSubstr("\\i"));
}

TEST(Split, SkipsTheRestrictLinesOfPgDump) {
  EXPECT_THAT(texts("\\restrict abc\nselect 1;\n\\unrestrict abc\n"), ElementsAre("select 1"));
}

TEST(Split, NamesTheLineWhereAnUnterminatedQuoteBegins) {
  for (const char* script : {"a;\nselect 'b", "a;\nselect \"b", "a;\nselect /* b", "a;\nselect $x$ b $$"}) {
    EXPECT_EQ(problem(script).line, 2) << script;
  }
}

TEST(Split, RefusesANulByte) { EXPECT_THAT(problem(std::string_view("a\0b", 3)).message, testing::HasSubstr("NUL")); }

TEST(Split, ReadsAScriptOfMegabytes) {
  std::string script;
  while (script.size() < 5'000'000) script += "insert into t values (1, 'some text here');\n";
  EXPECT_EQ(sql::split(script).statements.size(), script.size() / 44);
}

}  // namespace
