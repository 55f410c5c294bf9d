// tests/migrator/backup/restoring.h: what every test of a restore asks for.
#pragma once
#include <gmock/gmock.h>

#include "common/error.h"
#include "tests/migrator/backup/restore_world.h"

namespace backup {

class Restoring : public testing::Test {
 protected:
  RestoreRequest request(Method method) const {
    RestoreRequest request;
    request.from = world_.backup();
    request.method = method;
    request.run = "r1";
    request.after_sql =
        "CREATE SCHEMA journal; CREATE TABLE journal.said (what text); "
        "INSERT INTO journal.said VALUES ('restored')";
    return request;
  }
  static std::string failure(const std::string& url, const RestoreRequest& request) {
    try {
      restore(target_of(url), request);
    } catch (const PermanentError& error) {
      EXPECT_EQ(error.code, report::ExitCode::kNotWentBack);
      return error.what();
    }
    return "no failure";
  }
  static std::string maintenance(const std::string& sql) {
    return support::PostgresServer::psql(support::PostgresServer::shared().url("postgres"), sql);
  }

  RestoreWorld& world_ = RestoreWorld::shared();
};

}  // namespace backup
