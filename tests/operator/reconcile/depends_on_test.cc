// A migration that depends on others, on a real API server.
#include <gtest/gtest.h>

#include "tests/operator/reconcile/playground.h"

namespace {

using playground::good;
using playground::kFiles;
using playground::Playground;

TEST(DependsOn, WaitsForAnotherMigrationToBeReady) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("core");
  world.write_migration("shop", {{"dependsOn", {{{"name", "core"}}}}});
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "False/DependencyNotReady");
  world.look("core");
  world.end_job(good());
  world.look("core");
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "False/Running");
}

// operator-protocol, Trust 4: cross-namespace dependsOn needs a grant in the target's namespace
TEST(DependsOn, WaitsForAGrantOfAnotherNamespace) {
  Playground base;
  base.release();
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("shop", {{"dependsOn", {{{"name", "shop"}, {"namespace", base.space()}}}}});
  world.refresh_also(base);
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "False/DependencyNotReady");
  base.annotate("shop", "sluice.dev/grant", "others," + world.space());
  world.refresh_also(base);
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Ready"), "False/Running");
}

TEST(DependsOn, NamesACycle) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_migration("a", {{"dependsOn", {{{"name", "b"}}}}});
  world.write_migration("b", {{"dependsOn", {{{"name", "a"}}}}});
  world.look("a");
  EXPECT_EQ(world.condition("a", "Stalled"), "True/DependencyCycle");
}

}  // namespace
