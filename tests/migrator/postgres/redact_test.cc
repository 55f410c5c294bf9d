// What of PostgreSQL's messages may be shown.
#include "migrator/postgres/redact.h"

#include <gtest/gtest.h>

namespace {

using postgres::redact;
using postgres::redact_raised;

TEST(Redact, HidesTheValueOfADataError) {
  EXPECT_EQ(redact("ERROR:  invalid input syntax for type integer: \"s3cret\"", "22P02"),
            "invalid input syntax for type integer: \"…\"");
}

TEST(Redact, HidesAValueThatHoldsQuotesItself) {
  EXPECT_EQ(redact("invalid input value for enum c: \"a\"b\"", "22P02"), "invalid input value for enum c: \"…\"");
}

// Only its first line is shown, and there the value has no end.
TEST(Redact, HidesAValueThatHoldsANewline) {
  EXPECT_EQ(redact("invalid input syntax for type integer: \"s3c\nret\"", "22P02"),
            "invalid input syntax for type integer: \"…");
  EXPECT_EQ(redact("ERROR:  invalid input syntax for type integer: \"a\"s3c\nret\"\n", "22P02"),
            "invalid input syntax for type integer: \"…");
}

// lc_messages: French, German, Japanese.
TEST(Redact, HidesAValueBetweenTheMarksOfAnotherLanguage) {
  EXPECT_EQ(redact("syntaxe en entrée invalide pour le type integer : « s3cret »", "22P02"),
            "syntaxe en entrée invalide pour le type integer : «…»");
  EXPECT_EQ(redact("ungültige Eingabesyntax für Typ integer: „s3cret“", "22P02"),
            "ungültige Eingabesyntax für Typ integer: „…“");
  EXPECT_EQ(redact("型integerの入力構文が不正です: 「s3cret」", "22P02"), "型integerの入力構文が不正です: 「…」");
}

TEST(Redact, KeepsWhatStandsBehindAValueOnOneLine) {
  EXPECT_EQ(redact("ERROR:  value \"4711\" is out of range for type integer\n", "22003"),
            "value \"…\" is out of range for type integer");
}

TEST(Redact, WithholdsWhatAFunctionRaised) {
  EXPECT_EQ(redact("ERROR:  ann@x.org is missing\n", "P0001"), postgres::kRaisedElsewhere);
  EXPECT_EQ(redact("ERROR:  ann@x.org is missing\n", "P0004"), postgres::kRaisedElsewhere);
  EXPECT_EQ(redact("ERROR:  plpy.Error: ann@x.org\n", "38000"), postgres::kRaisedElsewhere);
}

// RAISE … USING ERRCODE: then only PL/pgSQL's word at the end of the CONTEXT tells.
TEST(Redact, WithholdsWhatAFunctionRaisedAsAnErrorOfAnotherClass) {
  EXPECT_EQ(redact("ERROR:  ann@x.org\nCONTEXT:  PL/pgSQL function f() line 3 at RAISE\n", "23505"),
            postgres::kRaisedElsewhere);
  EXPECT_EQ(redact("ERROR:  duplicate key\nCONTEXT:  PL/pgSQL function f() line 3 at SQL statement\n", "23505"),
            "duplicate key");
}

TEST(Redact, ShowsAnAssertionAsItsAuthorWroteIt) {
  EXPECT_EQ(redact_raised("no 'a' left", "BEGIN ASSERT x <> 'b', 'no ''a'' left'; END"), "no 'a' left");
  EXPECT_EQ(redact_raised("ann@x.org", "BEGIN ASSERT x <> 'b', 'no ' || y; END"), postgres::kRaisedElsewhere);
}

TEST(Redact, KeepsTheNamesOfConstraints) {
  EXPECT_EQ(redact("duplicate key value violates unique constraint \"users_email_key\"", "23505"),
            "duplicate key value violates unique constraint \"users_email_key\"");
}

TEST(Redact, CutsDetailAndContext) {
  EXPECT_EQ(redact("ERROR:  duplicate key\nDETAIL:  Key (email)=(s3cret) exists\n", "23505"), "duplicate key");
}

TEST(Redact, ShowsARaisedMessageAsItsAuthorWroteIt) {
  EXPECT_EQ(redact_raised("user ann@x.org has 3 rows", "BEGIN RAISE EXCEPTION 'user % has % rows', a, b; END"),
            "user % has % rows");
}

TEST(Redact, WithholdsAMessageThatNoFormatOfTheFileMakes) {
  EXPECT_EQ(redact_raised("ann@x.org", "SELECT f()").find("ann"), std::string::npos);
}

}  // namespace
