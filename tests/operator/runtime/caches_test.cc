// Stores, their indices, and which resources a change concerns.
#include "operator/runtime/caches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using runtime::Caches;
using runtime::Object;
using runtime::ObjectName;
using runtime::Store;
using testing::ElementsAre;
using testing::IsEmpty;

Object object(const std::string& name, const std::string& version, const std::string& owner = "") {
  return {{"metadata",
           {{"namespace", "space"},
            {"name", name},
            {"resourceVersion", version},
            {"managedFields", Object::array()},
            {"ownerReferences", {{{"uid", owner}}}}}}};
}

class StoreTest : public testing::Test {
 protected:
  Store store{[](Object&) {},
              {{"owner", [](const Object& held) {
                  return std::vector<std::string>{kube::text_at(held, "/metadata/ownerReferences/0/uid")};
                }}}};
};

TEST_F(StoreTest, ReturnsWhatWasPutWithoutManagedFields) {
  store.put(object("one", "1"));
  const std::optional<Object> read = store.get({"space", "one"});
  ASSERT_TRUE(read);
  EXPECT_FALSE((*read)["metadata"].contains("managedFields"));
  EXPECT_FALSE(store.get({"space", "two"}));
}

TEST_F(StoreTest, SaysWhetherAVersionIsNew) {
  EXPECT_TRUE(store.put(object("one", "1")));
  EXPECT_FALSE(store.put(object("one", "1")));
  EXPECT_TRUE(store.put(object("one", "2")));
  EXPECT_EQ(store.size(), 1U);
}

TEST_F(StoreTest, FindsByIndex) {
  store.put(object("one", "1", "a"));
  store.put(object("two", "1", "b"));
  store.put(object("three", "1", "a"));
  EXPECT_THAT(store.names("owner", "a"), ElementsAre(ObjectName{"space", "one"}, ObjectName{"space", "three"}));
  EXPECT_EQ(store.find("owner", "b").size(), 1U);
  EXPECT_THAT(store.names("owner", "c"), IsEmpty());
}

TEST_F(StoreTest, MovesAnObjectWhoseIndexedValueChanged) {
  store.put(object("one", "1", "a"));
  store.put(object("one", "2", "b"));
  EXPECT_THAT(store.names("owner", "a"), IsEmpty());
  EXPECT_THAT(store.names("owner", "b"), ElementsAre(ObjectName{"space", "one"}));
}

TEST_F(StoreTest, ForgetsWhatWasErased) {
  store.put(object("one", "1", "a"));
  store.erase({"space", "one"});
  EXPECT_THAT(store.names("owner", "a"), IsEmpty());
  EXPECT_EQ(store.size(), 0U);
}

TEST_F(StoreTest, DropsWhatAListNoLongerHolds) {
  store.put(object("one", "1"));
  store.put(object("two", "1"));
  Object elsewhere = object("three", "1");
  elsewhere["metadata"]["namespace"] = "other";
  store.put(elsewhere);
  const std::vector<Object> gone = store.retain("space", {{"space", "two"}});
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(kube::name_of(gone[0]), (ObjectName{"space", "one"}));
  EXPECT_THAT(store.names(), ElementsAre(ObjectName{"other", "three"}, ObjectName{"space", "two"}));
}

TEST_F(StoreTest, CallsAnUnknownIndexABug) { EXPECT_THROW(static_cast<void>(store.names("x", "y")), std::logic_error); }

class CachesTest : public testing::Test {
 protected:
  static Object migration(const std::string& name, const Object& spec) {
    return {{"metadata", {{"namespace", "space"}, {"name", name}, {"resourceVersion", "1"}}}, {"spec", spec}};
  }
  static Object labelled(const std::string& name, const std::string& migration) {
    return {{"metadata", {{"namespace", "space"}, {"name", name}, {"labels", {{"sluice.dev/migration", migration}}}}}};
  }
  Caches caches;
};

TEST_F(CachesTest, LooksAtTheMigrationOfAJobAndOfAPod) {
  EXPECT_THAT(concerned(caches, kube::types::job(), labelled("job", "one")), ElementsAre(ObjectName{"space", "one"}));
  EXPECT_THAT(concerned(caches, kube::types::pod(), labelled("pod", "one")), ElementsAre(ObjectName{"space", "one"}));
  EXPECT_THAT(concerned(caches, kube::types::pod(), object("pod", "1")), IsEmpty());
}

// operator-protocol, Sources 1: a changed ConfigMap starts a look
TEST_F(CachesTest, LooksAtTheMigrationsThatReadAConfigMap) {
  caches.migrations.put(migration("one", {{"migrations", {{"configMaps", {"files", "more"}}}}}));
  caches.migrations.put(migration("two", {{"migrations", {{"configMaps", {"other"}}}}}));
  EXPECT_THAT(concerned(caches, kube::types::config_map(), object("more", "1")),
              ElementsAre(ObjectName{"space", "one"}));
  EXPECT_THAT(concerned(caches, kube::types::config_map(), object("unrelated", "1")), IsEmpty());
}

TEST_F(CachesTest, LooksAtTheMigrationsThatDependOnAnother) {
  caches.migrations.put(migration("auth", {{"dependsOn", {{{"name", "core"}}}}}));
  EXPECT_THAT(concerned(caches, kube::types::database_migration(), migration("core", Object::object())),
              ElementsAre(ObjectName{"space", "auth"}, ObjectName{"space", "core"}));
}

TEST_F(CachesTest, LooksAtTheRolloutsThatShareAServiceOrADeploymentWithAnother) {
  const auto rollout = [](const std::string& name, const std::string& service, const std::string& green) {
    return migration(name, {{"service", service}, {"blue", name + "-blue"}, {"green", green}});
  };
  caches.rollouts.put(rollout("one", "shop", "one-green"));
  caches.rollouts.put(rollout("two", "shop", "two-green"));
  caches.rollouts.put(rollout("three", "other", "one-green"));
  caches.rollouts.put(rollout("four", "another", "four-green"));
  EXPECT_THAT(concerned_rollouts(caches, kube::types::database_rollout(), rollout("one", "shop", "one-green")),
              testing::UnorderedElementsAre(ObjectName{"space", "one"}, ObjectName{"space", "two"},
                                            ObjectName{"space", "three"}));
}

TEST_F(CachesTest, KeepsOfAPodOnlyWhatItsStateIs) {
  Object pod = labelled("pod", "one");
  pod["spec"] = {{"nodeName", "n"}, {"containers", Object::array()}};
  pod["status"] = {{"phase", "Running"}, {"podIPs", Object::array()}};
  caches.pods.put(pod);
  const std::optional<Object> kept = caches.pods.get({"space", "pod"});
  ASSERT_TRUE(kept);
  EXPECT_EQ((*kept)["spec"], (Object{{"nodeName", "n"}}));
  EXPECT_EQ((*kept)["status"], (Object{{"phase", "Running"}}));
}

// operator-protocol, Trust 4: anybody can make such a pod
TEST_F(CachesTest, KeepsOfAPodThatReportsOnlyWhatItsInitContainerSaid) {
  const auto ended = [](const std::string& message) {
    return Object{{"terminated", {{"exitCode", 0}, {"message", message}, {"containerID", "c"}}}};
  };
  Object pod = labelled("pod", "one");
  pod["metadata"]["labels"] = {{"sluice.dev/reports", "one"}, {"app", "shop"}};
  pod["metadata"]["annotations"] = {{"a", "b"}};
  pod["spec"] = {{"nodeName", "n"}};
  pod["status"] = {{"phase", "Running"},
                   {"initContainerStatuses",
                    {{{"name", "istio-init"}, {"state", ended("")}},
                     {{"name", "sluice-migrate"},
                      {"image", "i"},
                      {"state", ended("said")},
                      {"lastState", ended(std::string(2000, 'x'))}}}}};
  caches.reporters.put(pod);
  EXPECT_THAT(caches.reporters.names(runtime::indices::kReports, "space/one"), ElementsAre(ObjectName{"space", "pod"}));
  const std::optional<Object> kept = caches.reporters.get({"space", "pod"});
  ASSERT_TRUE(kept);
  EXPECT_FALSE(kept->contains("spec") || (*kept)["metadata"].contains("annotations"));
  EXPECT_EQ((*kept)["status"], (Object{{"initContainerStatuses",
                                        {{{"name", "sluice-migrate"},
                                          {"state", {{"terminated", {{"exitCode", 0}, {"message", "said"}}}}},
                                          {"lastState", {{"terminated", {{"exitCode", 0}}}}}}}}}));
}

TEST_F(CachesTest, LooksAtTheMigrationThatAPodReportsTo) {
  Object pod = labelled("pod", "");
  pod["metadata"]["labels"] = {{"sluice.dev/reports", "one"}};
  EXPECT_THAT(concerned(caches, kube::types::pod(), pod), ElementsAre(ObjectName{"space", "one"}));
}

TEST_F(CachesTest, KeepsOfAJobNoTemplate) {
  Object job = labelled("job", "one");
  job["spec"] = {{"suspend", false}, {"template", {{"spec", "long"}}}};
  caches.jobs.put(job);
  EXPECT_EQ((*caches.jobs.get({"space", "job"}))["spec"], (Object{{"suspend", false}}));
}

}  // namespace
