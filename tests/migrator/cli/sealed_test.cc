// A whole spec in the environment is what counts, whatever the image, envFrom or a developer's file say beside it.
#include <gmock/gmock.h>

#include "tests/support/migrator_world.h"

using support::Finished;
using support::MigratorWorld;
using support::PostgresServer;
using testing::HasSubstr;

namespace {

/// As the operator and charts/sluice-init drive a container: the database by its parts.
class Sealed : public testing::Test {
 protected:
  std::vector<std::string> told(const std::string& more_of_spec = "") const {
    const std::string port = std::to_string(world_.server().port());
    const std::string name = world_.ask("SELECT current_database()");
    return {R"(SLUICE_SPEC={"database":{"host":")" + world_.server().socket_folder() + R"(","port":)" + port +
                R"(,"name":")" + name + R"(","userFrom":{"secretKeyRef":{"name":"db","key":"user"}}},)" +
                R"("migrations":{"configMaps":["x"]})" + more_of_spec + "}",
            "SLUICE_MIGRATIONS=" + world_.migrations(), "SLUICE_TERMINATION_LOG=" + world_.folder() + "/result",
            "SLUICE_BACKUP_DIR=" + world_.backups(), "PGUSER=postgres"};
  }

  static std::vector<std::string> sealed(std::vector<std::string> own, const std::vector<std::string>& foreign = {}) {
    std::string names;
    for (const std::string& each : own) names += (names.empty() ? "" : ",") + each.substr(0, each.find('='));
    own.insert(own.end(), foreign.begin(), foreign.end());
    own.push_back("SLUICE_ONLY=" + names);
    return own;
  }

  Finished run(const std::vector<std::string>& environment, const std::vector<std::string>& words = {"run"}) const {
    return support::run_program(world_.command(words), environment);
  }

  MigratorWorld world_;
};

}  // namespace

TEST_F(Sealed, NeitherTheImageNorAFileSaysAnotherDatabaseOrPolicy) {
  const std::string elsewhere = world_.server().new_database();
  const std::string name = elsewhere.substr(elsewhere.rfind('/') + 1, elsewhere.find('?') - elsewhere.rfind('/') - 1);
  int count = 0;
  for (const std::string& foreign :
       {"DATABASE_URL=" + elsewhere, "SLUICE_DATABASE_URL=" + elsewhere, "PGDATABASE=" + name,
        std::string("PGHOSTADDR=192.0.2.1"), std::string("PGSERVICE=other"),
        std::string("PGOPTIONS=-c default_transaction_read_only=on"), std::string("PGSSLMODE=verify-full"),
        std::string("AUTO_MIGRATE=false"), std::string("SLUICE_LEDGER=elsewhere"), std::string("SLUICE_TARGET=001"),
        std::string("SLUICE_LAYOUT=goose"), std::string("SLUICE_APPROVED_PLAN=x"), std::string("SLUICE_RUN=outer"),
        std::string("SLUICE_PHASE=nonsense"), std::string("SLUICE_ON_FAILURE=nonsense")}) {
    world_.tables(++count);
    const Finished done = run(sealed(told(), {foreign}));
    EXPECT_EQ(done.code, 0) << foreign << done.out << done.err;
    EXPECT_EQ(world_.ask("SELECT version_num::int FROM alembic_version"), std::to_string(count)) << foreign;
  }
  EXPECT_EQ(PostgresServer::psql(elsewhere, "SELECT to_regclass('alembic_version') IS NULL"), "t");
}

TEST_F(Sealed, ADevelopersFileBesideTheMigrationsIsNotRead) {
  world_.tables(1);
  world_.file("sluice.yaml", "database: postgresql://nobody@127.0.0.1:1/none\nledger: from_file\nlayout: goose\n");
  const Finished done = run(sealed(told()));
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_EQ(world_.versions(), "001");
}

TEST_F(Sealed, TheUsersToolGetsItsImagesEnvironmentWhole) {
  const std::vector<std::string> image = {"DATABASE_URL=of-the-image", "PGSERVICE=of-the-image",
                                          "SLUICE_LEDGER=of-the-image"};
  const Finished done = run(sealed(told(), image),
                            {"run", "--", "sh", "-c", "echo $DATABASE_URL $PGSERVICE $SLUICE_LEDGER [$SLUICE_ONLY]"});
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("of-the-image of-the-image of-the-image []"));
}

// Whoever writes SLUICE_SPEC by hand, without SLUICE_ONLY: the older names and a developer's file don't beat it.
TEST_F(Sealed, AWholeSpecIsNotSwitchedOffNorWeakenedByOlderNames) {
  world_.tables(1);
  std::vector<std::string> environment = told(R"(,"backup":{"mode":"full","volume":{"emptyDir":{}}})");
  environment.insert(environment.end(), {"AUTO_MIGRATE=false", "BACKUP_BEFORE_MIGRATE=no",
                                         "DATABASE_URL=postgresql://nobody@127.0.0.1:1/none"});
  world_.file("sluice.yaml", "database: postgresql://nobody@127.0.0.1:1/none\nledger: from_file\nlayout: goose\n");
  const Finished done = run(environment);
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("\"event\":\"backup done\""));
  EXPECT_EQ(world_.versions(), "001");
}
