// What pg_dump is told of the database: all that the URL says, so that it connects as we do.
#include <gmock/gmock.h>

#include "common/error.h"
#include "migrator/backup/tool.h"

namespace backup {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> environment_of(const std::string& parameters) {
  return tool_environment(postgres::Target::parse("postgresql://u@h/d?" + parameters), report::ExitCode::kBackupFailed);
}

TEST(ToolEnvironment, HoldsWhatMakesTheConnectionSafe) {
  const auto environment = environment_of("sslmode=verify-full&sslsni=0&channel_binding=require");
  EXPECT_THAT(environment, Contains(Pair("PGSSLMODE", "verify-full")));
  EXPECT_THAT(environment, Contains(Pair("PGSSLSNI", "0")));
  EXPECT_THAT(environment, Contains(Pair("PGCHANNELBINDING", "require")));
}

// Of PostgreSQL 17; an older libpq doesn't know them in a URL either.
TEST(ToolEnvironment, HoldsWhatLibpqKnows) {
  const std::vector<std::pair<std::string, std::string>> all = {
      {"require_auth", "PGREQUIREAUTH"},    {"sslnegotiation", "PGSSLNEGOTIATION"},
      {"sslcertmode", "PGSSLCERTMODE"},     {"load_balance_hosts", "PGLOADBALANCEHOSTS"},
      {"gssdelegation", "PGGSSDELEGATION"}, {"ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"}};
  for (const auto& [keyword, variable] : all) {
    const postgres::Target target = postgres::Target::parse("postgresql://u@h/d?" + keyword + "=x");
    if (target.keywords().count(keyword) == 0) continue;
    EXPECT_THAT(tool_environment(target, report::ExitCode::kBackupFailed), Contains(Pair(variable, "x")));
  }
}

TEST(ToolEnvironment, KeepsOurOwnNameAndLanguage) {
  const auto environment = environment_of("application_name=app&client_encoding=latin1&keepalives_idle=30");
  EXPECT_THAT(environment, Contains(Pair("PGAPPNAME", "sluice backup")).Times(1));
  EXPECT_THAT(environment, Contains(Pair("PGCLIENTENCODING", testing::_)).Times(0));
  EXPECT_THAT(environment, Contains(Pair("LC_ALL", "C")));
}

TEST(ToolEnvironment, RefusesWhatNoVariableTells) {
  try {
    environment_of("sslkey=/k&sslpassword=a-secret-password");
    FAIL() << "accepted";
  } catch (const PermanentError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kBackupFailed);
    EXPECT_THAT(error.what(), HasSubstr("sslpassword"));
    EXPECT_THAT(error.what(), Not(HasSubstr("a-secret-password")));
  }
}

}  // namespace
}  // namespace backup
