// Which database: URLs as people write them, and what must never be shown of them.
#include "migrator/postgres/target.h"

#include <gtest/gtest.h>

#include "common/error.h"
#include "migrator/postgres/session.h"

namespace {

using postgres::Target;

TEST(Target, ReadsAPlainUrl) {
  const auto keywords = Target::parse("postgresql://app:s%40crt@db.example:5433/shop").keywords();
  EXPECT_EQ(keywords.at("user"), "app");
  EXPECT_EQ(keywords.at("password"), "s@crt");
  EXPECT_EQ(keywords.at("host"), "db.example");
  EXPECT_EQ(keywords.at("port"), "5433");
  EXPECT_EQ(keywords.at("dbname"), "shop");
}

// guides S13
TEST(Target, ReadsSqlalchemyUrlsOfAsyncpgAndPsycopg2) {
  for (const char* const scheme : {"postgresql+asyncpg", "postgresql+psycopg2", "postgres", "postgresql+psycopg"}) {
    EXPECT_EQ(Target::parse(std::string(scheme) + "://u:p@h/d").keywords().at("host"), "h") << scheme;
  }
}

TEST(Target, TranslatesAsyncpgsSslParameter) {
  EXPECT_EQ(Target::parse("postgresql+asyncpg://h/d?ssl=require").keywords().at("sslmode"), "require");
  EXPECT_EQ(Target::parse("postgresql+asyncpg://h/d?ssl=true").keywords().at("sslmode"), "require");
}

TEST(Target, DropsParametersOnlyADriverKnows) {
  const auto keywords =
      Target::parse("postgresql+asyncpg://h/d?prepared_statement_cache_size=0&application_name=x").keywords();
  EXPECT_EQ(keywords.count("prepared_statement_cache_size"), 0u);
  EXPECT_EQ(keywords.at("application_name"), "x");
}

TEST(Target, TakesASocketFolderFromTheQuery) {
  EXPECT_EQ(Target::parse("postgresql:///d?host=/var/run/postgresql").keywords().at("host"), "/var/run/postgresql");
}

TEST(Target, ReadsKeywordsAndValues) { EXPECT_EQ(Target::parse("host=h dbname='my db' user=u").database(), "my db"); }

TEST(Target, RefusesAnotherDatabasesUrl) { EXPECT_THROW(Target::parse("mysql://u:p@h/d"), PermanentError); }

// libpq takes what stands before the first @ as it is.
TEST(Target, TakesAQuestionMarkAndAHashInAPassword) {
  const auto keywords = Target::parse("postgresql://u:pa?s=s&x#y@h:5433/db?application_name=z").keywords();
  EXPECT_EQ(keywords.at("password"), "pa?s=s&x#y");
  EXPECT_EQ(keywords.at("host"), "h");
  EXPECT_EQ(keywords.at("port"), "5433");
  EXPECT_EQ(keywords.at("dbname"), "db");
  EXPECT_EQ(keywords.at("application_name"), "z");
  EXPECT_EQ(Target::parse("postgresql+asyncpg://u:pa?ss@h").keywords().at("password"), "pa?ss");
}

TEST(Target, ReadsSeveralHostsAndAddresses) {
  const auto keywords = Target::parse("postgresql+psycopg2://u:p?w@[::1]:1,b:2/d?ssl=true").keywords();
  EXPECT_EQ(keywords.at("host"), "::1,b");
  EXPECT_EQ(keywords.at("port"), "1,2");
  EXPECT_EQ(keywords.at("password"), "p?w");
  EXPECT_EQ(keywords.at("sslmode"), "require");
  EXPECT_EQ(Target::parse("postgresql://h:1/d?user=a@b").keywords().at("user"), "a@b");
  EXPECT_EQ(Target::parse("postgresql://u@h:1/d@e").database(), "d@e");
}

// Else a piece of it would be told as host, port or database.
TEST(Target, RefusesAPasswordWhoseAtOrSlashMakesItAHost) {
  for (const char* const url :
       {"postgresql://u:s3c@ret@h/d", "postgresql://u:s3cret/x@h/d", "postgresql://u:1/s3cret@h/d",
        "postgresql://u:s3cret?x/y@h/d", "postgresql://u:s3c?r@et@h:1,i:2/d"}) {
    try {
      Target::parse(url);
      ADD_FAILURE() << url;
    } catch (const PermanentError& error) {
      EXPECT_EQ(error.code, report::ExitCode::kUsage) << url;
      EXPECT_EQ(std::string(error.what()).find("s3c"), std::string::npos) << error.what();
    }
  }
}

TEST(Target, NeverEchoesAUrlItCannotRead) {
  try {
    Target::parse("postgresql://u:s3cret%zz@h/d");
    FAIL() << "accepted";
  } catch (const PermanentError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kUsage);
    EXPECT_EQ(std::string(error.what()).find("s3cret"), std::string::npos);
  }
}

TEST(Target, DescribesItselfWithoutThePassword) {
  EXPECT_EQ(Target::parse("postgresql://u:s3cret@h:1/d").describe(), "h:1/d as u");
}

TEST(Target, FallsBackToTheUsersNameAsDatabase) { EXPECT_EQ(Target::parse("postgresql://u@h").database(), "u"); }

TEST(Quote, DoublesQuotesAndEscapesBackslashes) {
  EXPECT_EQ(postgres::quote_literal("it's"), "'it''s'");
  EXPECT_EQ(postgres::quote_literal("a\\b'c"), " E'a\\\\b''c'");
  EXPECT_EQ(postgres::quote_identifier("we\"ird"), "\"we\"\"ird\"");
}

}  // namespace
