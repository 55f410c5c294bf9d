// Where the content comes from, on a real API server: operator-protocol, Sources 1.
#include <gtest/gtest.h>

#include "common/error.h"
#include "tests/operator/reconcile/forwarding_api.h"
#include "tests/operator/reconcile/playground.h"

namespace {

using nlohmann::json;
using playground::kFiles;
using playground::Playground;

TEST(Content, RunsAgainWhenAConfigMapChanges) {
  Playground world;
  world.release();
  world.write_config_map("files", {{"001_a.up.sql", "select 1;"}, {"002_b.up.sql", "select 2;"}});
  world.look("shop");
  EXPECT_EQ(world.list(kube::types::job()).size(), 2U);
  EXPECT_EQ(world.condition("shop", "Ready"), "False/Running");
}

TEST(Content, DoesNotRunForAFileThatIsNoMigration) {
  Playground world;
  world.release();
  world.write_config_map("files", {{"001_a.up.sql", "select 1;"}, {"README", "hello"}});
  world.look("shop");
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

// operator-protocol, Sources 1: data and binaryData count
TEST(Content, HashesBinaryDataLikeText) {
  Playground world;
  world.release();
  world.write_config_map("files", json::object(), {{"001_a.up.sql", "c2VsZWN0IDE7"}});  // the same bytes
  world.look("shop");
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
  world.write_config_map("files", json::object(), {{"001_a.up.sql", "/w=="}});
  world.look("shop");
  EXPECT_EQ(world.list(kube::types::job()).size(), 2U);
}

class Counting final : public playground::ForwardingApi {
 public:
  using ForwardingApi::ForwardingApi;
  std::optional<kube::Object> get(const kube::ResourceType& type, const kube::ObjectName& name) override {
    config_maps += type == kube::types::config_map() ? 1 : 0;
    return ForwardingApi::get(type, name);
  }
  int config_maps = 0;
};

// operator-protocol, Sources 1: the named ones are read when their resourceVersion moves, and not at each look
TEST(Content, IsReadOnlyWhenAConfigMapHasMoved) {
  Playground world;
  world.release();
  Counting api(world.api());
  const SystemClock clock;
  world.replace_operator({.migrator_image = "localhost/sluice:test"}, api, clock);
  for (int i = 0; i < 3; ++i) world.look("shop");
  EXPECT_EQ(api.config_maps, 1);
  world.write_config_map("files", {{"001_a.up.sql", "select 1;"}, {"README", "hello"}});
  world.look("shop");
  EXPECT_EQ(api.config_maps, 2);
}

// operator-protocol, Sources 1
TEST(Content, RefusesAFileThatStandsInTwoConfigMaps) {
  Playground world;
  world.write_config_map("files", kFiles);
  world.write_config_map("more", kFiles);
  world.write_migration("shop", {{"migrations", {{"configMaps", {"files", "more"}}}}});
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/InvalidSpec");
  EXPECT_TRUE(world.list(kube::types::job()).empty());
}

// One of the two would not be in the pod, and a configuration for the user's own tool counts as well.
TEST(Content, RefusesAnyKeyThatStandsInTwoConfigMaps) {
  Playground world;
  world.write_config_map("files", {{"001_a.up.sql", "select 1;"}, {"settings.toml", "a"}});
  world.write_config_map("more", {{"002_b.up.sql", "select 2;"}, {"settings.toml", "b"}});
  world.write_migration("shop", {{"migrations", {{"configMaps", {"files", "more"}}}}});
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Stalled"), "True/InvalidSpec");
  EXPECT_NE(world.message("shop", "Stalled").find("settings.toml in files and more"), std::string::npos);
}

// With a hash in the name each deploy has a new one: what isn't named any more must not be kept for ever.
TEST(Content, OfAConfigMapThatIsNotNamedAnyMoreIsForgotten) {
  Playground world;
  world.release();
  Counting api(world.api());
  const SystemClock clock;
  world.replace_operator({.migrator_image = "localhost/sluice:test"}, api, clock);
  world.write_config_map("next", {{"001_a.up.sql", "select 1;"}, {"002_b.up.sql", "select 2;"}});
  for (const char* name : {"files", "next", "files"}) {
    world.write_migration("shop", {{"migrations", {{"configMaps", {name}}}}});
    world.look("shop");
    world.look("shop");
  }
  EXPECT_EQ(api.config_maps, 3);
}

TEST(Content, WaitsForAConfigMapThatIsNotThereYet) {
  Playground world;
  world.write_migration("shop");
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Reconciling"), "True/SourceNotFound");
  world.write_config_map("files", kFiles);
  world.look("shop");
  EXPECT_EQ(world.list(kube::types::job()).size(), 1U);
}

const json kInline = {{"migrations", {{"configMaps", nullptr}, {"inline", {{"files", kFiles}}}}}};

// operator-protocol, Sources 1: inline becomes an immutable ConfigMap that goes with the Job that mounts it
TEST(Content, KeepsInlineFilesInAConfigMapOfTheJobThatMountsIt) {
  Playground world;
  world.write_migration("shop", kInline);
  world.look("shop");
  const json files = world.list(kube::types::config_map()).at(0);
  EXPECT_EQ(files["immutable"], true);
  EXPECT_EQ(files["data"], kFiles);
  const json job = world.list(kube::types::job()).at(0);
  ASSERT_EQ(files["metadata"]["ownerReferences"].size(), 1U) << "another owner would keep it";
  EXPECT_EQ(files["metadata"]["ownerReferences"][0]["uid"], job["metadata"]["uid"]);
  EXPECT_EQ(job["spec"]["template"]["spec"]["volumes"][0]["projected"]["sources"][0]["configMap"]["name"],
            files["metadata"]["name"]);
  const json before = world.migration("shop")["metadata"]["resourceVersion"];
  world.look("shop");
  EXPECT_EQ(world.migration("shop")["metadata"]["resourceVersion"], before);
}

TEST(Content, KeepsTheSameInlineFilesOfTwoResourcesWithLongNamesApart) {
  Playground world;
  const std::string start = "a-name-of-forty-letters-as-jobs-have-it-";
  for (const char* end : {"one", "two"}) {
    world.write_migration(start + end, kInline);
    world.look(start + end);
    EXPECT_EQ(world.condition(start + end, "Ready"), "False/Running");
  }
  EXPECT_EQ(world.list(kube::types::config_map()).size(), 2U);
}

/// Answers the creation of ConfigMaps with 403.
class WithoutConfigMaps final : public playground::ForwardingApi {
 public:
  using ForwardingApi::ForwardingApi;
  kube::Created create(const kube::ResourceType& type, const kube::Object& object) override {
    if (type != kube::types::config_map()) return ForwardingApi::create(type, object);
    throw PermanentError("POST configmaps: 403 exceeded quota: files", report::ExitCode::kNotAllowed);
  }
};

TEST(Content, LeavesNoJobThatWaitsForInlineFilesWhichAreRefused) {
  Playground world;
  WithoutConfigMaps api(world.api());
  const SystemClock clock;
  world.replace_operator({.migrator_image = "localhost/sluice:test"}, api, clock);
  world.write_migration("shop", kInline);
  world.look("shop");
  EXPECT_EQ(world.condition("shop", "Reconciling"), "True/JobNotCreated");
  EXPECT_TRUE(world.list(kube::types::job()).at(0)["metadata"].contains("deletionTimestamp"));
}

}  // namespace
