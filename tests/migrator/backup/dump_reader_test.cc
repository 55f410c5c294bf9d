// What pg_restore writes, cut as it comes: at any cut of the stream the same statements and rows come out.
#include "migrator/backup/dump_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/error.h"

namespace backup {
namespace {

struct Seen {
  std::vector<std::string> statements = {};
  std::vector<std::string> copies = {};  // "COPY …|rows|end"
};

Seen read(const std::string& script, std::size_t piece) {
  Seen seen;
  DumpReader reader({.statement = [&](const std::string& text) { seen.statements.push_back(text); },
                     .begin_copy = [&](const std::string& text) { seen.copies.push_back(text + "|"); },
                     .copy_data = [&](std::string_view rows) { seen.copies.back() += rows; },
                     .end_copy = [&] { seen.copies.back() += "|end"; }});
  for (std::size_t at = 0; at < script.size(); at += piece) reader.feed(std::string_view(script).substr(at, piece));
  reader.finish();
  return seen;
}

std::vector<std::string> statements(const std::string& script) {
  const std::vector<std::string> whole = read(script, script.size()).statements;
  for (std::size_t piece = 1; piece < 9; ++piece) EXPECT_EQ(read(script, piece).statements, whole) << piece;
  return whole;
}

using Texts = std::vector<std::string>;

TEST(DumpReader, LeavesOutCommentsAndTheRestrictLines) {
  EXPECT_EQ(statements("\\restrict abc\n--\n-- a comment; with a semicolon\n--\n\nSET a = 1;\n\n\\unrestrict abc\n\n"),
            Texts{"SET a = 1;"});
}

TEST(DumpReader, RefusesAnyOtherPsqlCommand) {
  EXPECT_THROW(read("\\! rm -rf /\n", 99), PermanentError);
  EXPECT_THROW(read("\\connect other\n", 99), PermanentError);
}

TEST(DumpReader, KeepsSemicolonsInsideQuotesOfEveryKind) {
  EXPECT_EQ(statements("SELECT 'a;''b;';\nSELECT \";\"\"\";\nSELECT E'\\';';\nSELECT $x$;$y$;$x$;\n"),
            (Texts{"SELECT 'a;''b;';", "SELECT \";\"\"\";", "SELECT E'\\';';", "SELECT $x$;$y$;$x$;"}));
}

TEST(DumpReader, TakesABackslashAsItStandsInAPlainString) {
  EXPECT_EQ(statements("SELECT 'a\\';\nSELECT 2;\n"), (Texts{"SELECT 'a\\';", "SELECT 2;"}));
}

TEST(DumpReader, HearsThatStandardConformingStringsAreOff) {
  EXPECT_EQ(statements("SET standard_conforming_strings = off;\nSELECT 'a\\';b';\n"),
            (Texts{"SET standard_conforming_strings = off;", "SELECT 'a\\';b';"}));
}

TEST(DumpReader, KeepsAnAtomicBodyTogether) {
  const std::string body =
      "CREATE FUNCTION f() RETURNS int\n    BEGIN ATOMIC\n SELECT CASE WHEN true THEN 1 END;\n SELECT 2;\nEND;";
  EXPECT_EQ(statements(body + "\nSELECT 3;\n"), (Texts{body, "SELECT 3;"}));
}

TEST(DumpReader, KeepsARuleOfSeveralCommandsTogether) {
  const std::string rule = "CREATE RULE r AS ON INSERT TO t DO ( DELETE FROM a; DELETE FROM b;);";
  EXPECT_EQ(statements(rule + "\n"), Texts{rule});
}

TEST(DumpReader, KeepsASemicolonInACommentInsideAStatement) {
  const std::string statement = "SELECT 1 /* a; /* b; */ c; */ + 2 -- d;\n;";
  EXPECT_EQ(statements(statement + "\n"), Texts{statement});
}

TEST(DumpReader, PassesCopyRowsOnAtAnyCut) {
  const std::string script =
      "COPY public.t (a) FROM stdin;\n1;\n\\\\.\n\\N\n\\.\n\nSELECT 1;\nCOPY u FROM stdin;\n\\.\n";
  const Texts expected = {"COPY public.t (a) FROM stdin;|1;\n\\\\.\n\\N\n|end", "COPY u FROM stdin;||end"};
  for (std::size_t piece = 1; piece < script.size(); ++piece) {
    EXPECT_EQ(read(script, piece).copies, expected) << piece;
    EXPECT_EQ(read(script, piece).statements, Texts{"SELECT 1;"}) << piece;
  }
}

TEST(DumpReader, SaysWhenTheScriptStopsInTheMiddle) {
  EXPECT_THROW(read("SELECT 1", 99), PermanentError);
  EXPECT_THROW(read("COPY t FROM stdin;\n1\n", 99), PermanentError);
}

}  // namespace
}  // namespace backup
