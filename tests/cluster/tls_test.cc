// A server whose certificate is checked: the authority stands in a Secret (spec.database.sslRootCertFrom).
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/cluster.h"

namespace {

using nlohmann::json;
using support::World;

std::string certificate_of_the_server() {  // see server_certificate in tests/cluster/fixture.sh
  return support::must_kubectl({"--namespace", "databases", "get", "secret", "postgres-tls", "-o",
                                "go-template={{index .data \"tls.crt\" | base64decode}}"});
}

std::string certificate_of_somebody_else() {
  const support::TemporaryFolder folder;
  const std::string file = folder.path() + "/other.crt";
  const support::Finished made = support::run_program(
      {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
       "-subj", "/CN=other", "-keyout", folder.path() + "/other.key", "-out", file});
  if (made.code != 0) throw std::runtime_error(made.err);
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// Backups too: pg_dump has connections of its own.
json spec_that_checks(const World& world) {
  return {{"database",
           {{"sslMode", "verify-full"},
            {"sslRootCertFrom", {{"secretKeyRef", {{"name", "authority"}, {"key", "ca.crt"}}}}}}},
          {"backup", support::backup_to_node(world)},
          {"retry", {{"backoff", "1s"}}}};
}

TEST(Tls, AServerIsCheckedAgainstTheAuthorityOfASecret) {
  const World world;
  world.config_map("migrations", {{"001_a.up.sql",
                                   "create table a as select ssl from pg_stat_ssl "
                                   "where pid = pg_backend_pid();"}});
  world.secret("authority", {{"ca.crt", certificate_of_the_server()}});
  world.migration("shop", spec_that_checks(world));
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate")) << world.story();
  EXPECT_EQ(world.sql("select ssl from a"), "t");
  EXPECT_FALSE(support::backups_on_node(world).empty());
}

TEST(Tls, AServerOfAnotherAuthorityIsRefusedUntilTheSecretIsMended) {  // operator-protocol, Jobs 4
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  world.secret("authority", {{"ca.crt", certificate_of_somebody_else()}});
  world.migration("shop", spec_that_checks(world));
  const auto says_why = [&] {  // between two attempts
    const json shop = world.get("dbm", "shop");
    return shop.is_object() && shop.dump().find("certificate verify failed") != std::string::npos;
  };
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/AuthenticationFailed")) << world.story();
  EXPECT_TRUE(support::eventually(says_why)) << world.story();
  EXPECT_EQ(world.sql("select to_regclass('a')"), "");
  world.secret("authority", {{"ca.crt", certificate_of_the_server()}});
  EXPECT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 120)) << world.story();
}

TEST(Tls, AMissingAuthorityIsWaitedFor) {  // operator-protocol, Status 5
  const World world;
  world.config_map("migrations", {{"001_a.up.sql", "create table a (id int);"}});
  world.migration("shop", spec_that_checks(world));
  ASSERT_TRUE(world.becomes("shop", "Ready", "False/SecretNotFound")) << world.story();
  EXPECT_EQ(world.condition("shop", "Stalled"), "");
  world.secret("authority", {{"ca.crt", certificate_of_the_server()}});
  EXPECT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 120)) << world.story();
}

}  // namespace
