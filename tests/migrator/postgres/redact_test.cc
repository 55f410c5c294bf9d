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
