// Migrations inside the user's own image: `sluice` is injected, so the image needs nothing of ours (guides D1;
// docs/operator-protocol.md, Sources 2).
#include <gmock/gmock.h>

#include "tests/support/cluster.h"

namespace {

using nlohmann::json;
using support::World;

json from_image(const std::string& reference, const json& more) {
  json image = {{"reference", reference}, {"pullPolicy", "Never"}};
  json migrations = {{"configMaps", nullptr}, {"image", image}};
  migrations.merge_patch(more);
  return {{"migrations", migrations}};
}

TEST(Image, FilesInAnImageThatHoldsNothingElseAreApplied) {  // FROM scratch
  const World world;
  world.migration("shop", from_image("localhost/test-files:1", {{"image", {{"path", "/app/migrations"}}}}));
  ASSERT_TRUE(world.becomes("shop", "Ready", "True/UpToDate", 120)) << world.story();
  EXPECT_EQ(world.sql("select to_regclass('from_image'), to_regclass('more_from_image')"),
            "from_image|more_from_image");
}

// Prefect: an unmodified Alembic project, run by its own command. Its own time limits (5 s to connect, 10 s a
// statement) are for a quick machine, and it would tell its makers about the run.
const json kPrefectEnvironment = {{{"name", "PREFECT_API_DATABASE_CONNECTION_URL"},
                                   {"valueFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}},
                                  {{"name", "PREFECT_API_DATABASE_CONNECTION_TIMEOUT"}, {"value", "60"}},
                                  {{"name", "PREFECT_API_DATABASE_TIMEOUT"}, {"value", "120"}},
                                  {{"name", "PREFECT_SERVER_ANALYTICS_ENABLED"}, {"value", "false"}},
                                  {{"name", "DO_NOT_TRACK"}, {"value", "1"}},
                                  {{"name", "PREFECT_HOME"}, {"value", "/tmp/prefect"}}};

json prefect(const World& world) {
  json spec = from_image("localhost/test-prefect:1", {{"command", {"prefect", "server", "database", "upgrade", "-y"}}});
  spec["backup"] = support::backup_to_node(world);
  spec["podTemplate"] = {{"spec", {{"containers", {{{"name", "migrate"}, {"env", kPrefectEnvironment}}}}}}};
  return spec;
}

// `alembic current` by Prefect's own configuration and environment, in its own image: "REVISION (head)".
std::string alembic_current(const World& world) {
  const char* const ask =
      "import asyncio, alembic.command\n"
      "from prefect.server.database.alembic_commands import alembic_config\n"
      "from prefect.utilities.asyncutils import run_sync_in_worker_thread\n"
      "asyncio.run(run_sync_in_worker_thread(alembic.command.current, alembic_config()))\n";
  world.apply({{"apiVersion", "v1"},
               {"kind", "Pod"},
               {"metadata", {{"name", "alembic-current"}}},
               {"spec",
                {{"restartPolicy", "Never"},
                 {"containers",
                  {{{"name", "prefect"},
                    {"image", "localhost/test-prefect:1"},
                    {"imagePullPolicy", "Never"},
                    {"command", {"python3", "-c", ask}},
                    {"env", kPrefectEnvironment}}}}}}});
  const auto has_ended = [&] {
    const std::string phase = world.get("pod", "alembic-current").at("status").value("phase", "");
    return phase == "Succeeded" || phase == "Failed";
  };
  EXPECT_TRUE(support::eventually(has_ended, 120)) << world.story();
  return world.kubectl({"logs", "alembic-current"}).out;
}

TEST(Image, AnUnmodifiedAlembicProjectMigratesInToolMode) {
  const World world;
  world.migration("prefect", prefect(world));
  const auto has_ended = [&] {
    return world.condition("prefect", "Ready") == "True/UpToDate" || !world.condition("prefect", "Stalled").empty();
  };
  ASSERT_TRUE(support::eventually(has_ended, 240)) << world.story();
  ASSERT_EQ(world.condition("prefect", "Ready"), "True/UpToDate") << world.story();
  const std::string revision = world.sql("select version_num from alembic_version");
  EXPECT_THAT(alembic_current(world), testing::HasSubstr(revision + " (head)"));
  EXPECT_EQ(world.get("dbm", "prefect").at("status").at("heads"), json({revision}));
  EXPECT_EQ(world.sql("select to_regclass('flow_run')"), "flow_run");
  EXPECT_THAT(support::backups_on_node(world), testing::Contains(testing::EndsWith(".dump")));
}

TEST(Image, AToolThatFailsIsReportedWithItsOwnExitCode) {
  const World world;
  world.migration("shop", from_image(support::postgres_image(), {{"command", {"sh", "-c", "exit 7"}}}));
  ASSERT_TRUE(world.becomes("shop", "Stalled", "True/MigrationFailed", 120)) << world.story();
  EXPECT_THAT(world.get("dbm", "shop").at("status").dump(), testing::HasSubstr("7")) << world.story();
}

}  // namespace
