// Informers against a real API server, by a clock that the test owns.
#include "operator/runtime/informers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "operator/runtime/tell_of_bug.h"
#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"

namespace {

using runtime::Object;
using runtime::ObjectName;
using std::chrono::seconds;
using support::eventually;

class FakeClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override { return std::chrono::system_clock::now(); }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::hours(1)) + seconds(past_);
  }
  void advance(int count) { past_ += count; }

 private:
  std::atomic<int> past_ = 0;
};

class InformersTest : public testing::Test {
 protected:
  void create(const kube::ResourceType& type, const std::string& name, Object rest) {
    rest["apiVersion"] = type.api_version();
    rest["kind"] = type.kind;
    rest["metadata"]["name"] = name;
    rest["metadata"]["namespace"] = space;
    ASSERT_EQ(server->api().create(type, rest).outcome, kube::CreateOutcome::kCreated);
  }
  /// Takes what is queued now; true if `name` was among it.
  bool was_queued(const std::string& name) {
    bool found = false;
    while (const std::optional<ObjectName> next = queue.try_take()) {
      found = found || next->name == name;
      queue.done(*next);
    }
    return found;
  }

  /// An own server: for tests that stop it or see all namespaces.
  explicit InformersTest(std::unique_ptr<support::ApiServer> own) : own_(std::move(own)) {}
  InformersTest() = default;

 private:
  std::unique_ptr<support::ApiServer> own_ = {};

 protected:
  support::ApiServer* server = own_ ? own_.get() : &support::ApiServer::shared();
  std::string space = server->new_namespace();
  FakeClock clock;
  kube::Client client{server->config(), {}};
  runtime::Caches caches;
  runtime::Queue queue{clock, {}};
  runtime::Queue rollouts{clock, {}};
};

class InformersOfAllTest : public InformersTest {
 protected:
  InformersOfAllTest() : InformersTest(support::ApiServer::start()) { server->install(); }
};

TEST_F(InformersTest, QueueTheMigrationThatAChangeConcerns) {
  const runtime::Informers informers(client, clock, {.namespaces = {space}}, caches, {queue, rollouts},
                                     [](const Object&, bool) {});
  ASSERT_TRUE(eventually([&] { return informers.are_synced(); }));
  create(kube::types::database_migration(), "auth",
         {{"spec",
           {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
            {"migrations", {{"configMaps", {"files"}}}}}}});
  EXPECT_TRUE(eventually([&] { return was_queued("auth"); }));
  // operator-protocol, Sources 1
  create(kube::types::config_map(), "files", {{"data", {{"001_a.up.sql", "select 1;"}}}});
  EXPECT_TRUE(eventually([&] { return was_queued("auth"); }));
  const std::optional<Object> config_map = caches.config_maps.get({space, "files"});
  ASSERT_TRUE(config_map);
  EXPECT_FALSE(config_map->contains("data"));
  create(kube::types::job(), "auth-1",
         {{"metadata", {{"labels", {{"sluice.dev/migration", "auth"}}}}},
          {"spec",
           {{"template",
             {{"spec", {{"restartPolicy", "Never"}, {"containers", {{{"name", "c"}, {"image", "none"}}}}}}}}}}});
  EXPECT_TRUE(eventually([&] { return was_queued("auth"); }));
}

// operator-protocol, Roll-outs 1: pods are watched only where somebody declares consumers
TEST_F(InformersOfAllTest, QueueTheMigrationWhoseConsumersChangeAndWatchPodsNowhereElse) {
  const runtime::Informers informers(client, clock, {}, caches, {queue, rollouts}, [](const Object&, bool) {});
  runtime::ConsumerWatches watches(client, clock, caches, queue);
  ASSERT_TRUE(eventually([&] { return informers.are_synced(); }));
  watches.follow();
  EXPECT_THAT(watches.namespaces(), testing::IsEmpty());
  Object spec{{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
              {"migrations", {{"configMaps", {"files"}}}},
              {"consumers", {{{"selector", {{"matchLabels", {{"app", "auth"}}}}}}}}};
  create(kube::types::database_migration(), "auth", {{"spec", spec}});
  ASSERT_TRUE(eventually([&] { return was_queued("auth"); }));
  watches.follow();
  EXPECT_THAT(watches.namespaces(), testing::ElementsAre(space));
  const auto pod = [&](const std::string& name, const std::string& app) {
    create(kube::types::pod(), name,
           {{"metadata", {{"labels", {{"app", app}}}}}, {"spec", {{"containers", {{{"name", "c"}, {"image", "i"}}}}}}});
  };
  pod("stranger", "other");
  pod("web", "auth");
  EXPECT_TRUE(eventually([&] { return queue.due({space, "auth"}).has_value(); }));
  clock.advance(2);
  EXPECT_TRUE(was_queued("auth"));
  static_cast<void>(server->api().remove(kube::types::database_migration(), {space, "auth"}, {}));
  ASSERT_TRUE(eventually([&] { return !caches.migrations.get({space, "auth"}); }));
  watches.follow();
  EXPECT_THAT(watches.namespaces(), testing::IsEmpty());
}

// operator-protocol, Trust 4: what init containers did is shown
TEST_F(InformersTest, QueueTheMigrationThatAPodReportsToAndKeepLittleOfThePod) {
  const runtime::Informers informers(client, clock, {.namespaces = {space}}, caches, {queue, rollouts},
                                     [](const Object&, bool) {});
  ASSERT_TRUE(eventually([&] { return informers.are_synced(); }));
  create(kube::types::pod(), "web",
         {{"metadata", {{"labels", {{"app", "web"}, {"sluice.dev/reports", "auth"}}}}},
          {"spec", {{"containers", {{{"name", "c"}, {"image", "i"}}}}}}});
  EXPECT_TRUE(eventually([&] { return queue.due({space, "auth"}).has_value(); }));
  clock.advance(2);
  EXPECT_TRUE(was_queued("auth"));
  const std::optional<Object> pod = caches.reporters.get({space, "web"});
  ASSERT_TRUE(pod);
  EXPECT_FALSE(pod->contains("spec"));
  EXPECT_EQ((*pod)["metadata"]["labels"], Object({{"sluice.dev/reports", "auth"}}));
}

// decisions/0010
TEST_F(InformersTest, KeepTheOthersWhenOneObjectBringsABugToLight) {
  runtime::Store store(
      [](Object& object) {
        if (kube::annotation_of(object, "state") == "odd") throw std::logic_error("a null where no null should be");
      },
      {});
  std::atomic<bool> was_told = false;
  const auto on_change = [&](const Object& object, bool) {
    if (kube::name_of(object).name == "c") throw std::logic_error("another");
    if (kube::name_of(object).name == "d") was_told = true;
  };
  create(kube::types::config_map(), "a", {{"metadata", {{"annotations", {{"state", "odd"}}}}}});
  create(kube::types::config_map(), "b", {});
  const runtime::Informer informer(client, clock, kube::types::config_map(), {.namespace_name = space}, store,
                                   on_change);
  ASSERT_TRUE(eventually([&] { return store.get({space, "b"}).has_value(); }));
  EXPECT_FALSE(store.get({space, "a"}));
  for (const char* name : {"c", "d"}) create(kube::types::config_map(), name, {});
  EXPECT_TRUE(eventually([&] { return was_told.load(); }));
  // What became odd isn't shown as it was before: a gate would open by it.
  const Object patch{{"metadata", {{"annotations", {{"state", "odd"}}}}}};
  ASSERT_EQ(server->api().patch(kube::types::config_map(), {space, "b"}, patch, kube::Subresource::kNone).outcome,
            kube::WriteOutcome::kDone);
  EXPECT_TRUE(eventually([&] { return !store.get({space, "b"}); }));
}

// decisions/0010
TEST_F(InformersTest, AResourceIsToldOnceThatItBroughtABugToLight) {
  create(kube::types::config_map(), "odd", {});
  for (int second : {1, 2}) {
    runtime::tell_of_bug(client, kube::types::config_map(), {space, "odd"}, kube::Time(seconds(second)));
  }
  runtime::tell_of_bug(client, kube::types::config_map(), {space, "gone"}, kube::Time());
  const kube::List events = client.list(kube::types::event(), {.namespace_name = space});
  ASSERT_EQ(events.items.size(), 1U);
  EXPECT_EQ(kube::text_at(events.items[0], "/reason"), "InternalError");
  EXPECT_EQ(kube::text_at(events.items[0], "/regarding/name"), "odd");
}

// operator-protocol, Status 1: the default stands on status itself
TEST_F(InformersTest, ShowAMigrationThatNobodyLookedAtAsUnseen) {
  const runtime::Informers informers(client, clock, {.namespaces = {space}}, caches, {queue, rollouts},
                                     [](const Object&, bool) {});
  create(kube::types::database_migration(), "auth",
         {{"spec",
           {{"database", {{"urlFrom", {{"secretKeyRef", {{"name", "db"}, {"key", "url"}}}}}}},
            {"migrations", {{"configMaps", {"files"}}}}}}});
  ASSERT_TRUE(eventually([&] { return caches.migrations.get({space, "auth"}).has_value(); }));
  EXPECT_EQ(kube::value_at(*caches.migrations.get({space, "auth"}), "/status"), (Object{{"observedGeneration", -1}}));
}

// operator-protocol, Trust 6: a watch older than 90 s
TEST_F(InformersOfAllTest, AreStaleWhileTheServerIsAwayAndFreshWhenItIsBack) {
  const runtime::Informers informers(client, clock, {.namespaces = {space}}, caches, {queue, rollouts},
                                     [](const Object&, bool) {});
  ASSERT_TRUE(eventually([&] { return informers.stale(space, seconds(90)).empty(); }));
  server->stop();
  clock.advance(91);
  EXPECT_THAT(informers.stale(space, seconds(90)), testing::Contains("jobs in " + space));
  EXPECT_TRUE(informers.are_synced());
  server->go_on();
  EXPECT_TRUE(eventually([&] { return informers.stale(space, seconds(90)).empty(); }));
}

// A namespace that was deleted takes its Role with it: the others go on.
TEST_F(InformersTest, OfOneNamespaceDoNotWaitForAnotherInWhichTheyHaveNoRights) {
  const std::string gone = server->new_namespace();
  kube::Config config = server->config();
  config.certificate_pem = config.key_pem = {};
  config.token = server->token(
      space,
      "[{apiGroups: ['', apps, batch, sluice.dev], verbs: [list, watch],"
      "  resources: [pods, configmaps, services, deployments, jobs, databasemigrations, databaserollouts]}]");
  kube::Client limited(config, {});
  const runtime::Informers informers(limited, clock, {.namespaces = {gone, space}}, caches, {queue, rollouts},
                                     [](const Object&, bool) {});
  EXPECT_TRUE(eventually([&] { return informers.are_synced(space); }));
  EXPECT_FALSE(informers.are_synced(gone));
  EXPECT_FALSE(informers.are_synced());
  EXPECT_THAT(informers.stale(space, seconds(90)), testing::IsEmpty());
  EXPECT_THAT(informers.stale(gone, seconds(90)), testing::Contains("jobs in " + gone));
  EXPECT_THAT(informers.stale(seconds(90)), testing::UnorderedElementsAre(testing::Key(gone), testing::Key(space)));
}

}  // namespace
