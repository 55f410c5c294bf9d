// The client against a real API server.
#include "operator/kube/client.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "common/error.h"
#include "tests/support/apiserver.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using kube::Object;

class ClientTest : public testing::Test {
 protected:
  kube::Api& api() { return server.api(); }
  Object config_map(const std::string& name, const Object& data = {{"key", "value"}}) const {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", name}, {"namespace", space}, {"labels", {{"name", name}}}}},
            {"data", data}};
  }
  Object created(const std::string& name) {
    const kube::Created made = api().create(kube::types::config_map(), config_map(name));
    EXPECT_EQ(made.outcome, kube::CreateOutcome::kCreated);
    return made.object;
  }
  std::string now() { return api().list(kube::types::config_map(), {.namespace_name = space}).resource_version; }

  support::ApiServer& server = support::ApiServer::shared();
  std::string space = server.new_namespace();
};

TEST_F(ClientTest, ReadsWhatItCreated) {
  created("one");
  const std::optional<Object> read = api().get(kube::types::config_map(), {space, "one"});
  ASSERT_TRUE(read);
  EXPECT_EQ(kube::text_at(*read, "/data/key"), "value");
  EXPECT_FALSE((*read)["metadata"].contains("managedFields"));
}

TEST_F(ClientTest, WritesHalfALetterAsTheSignForOne) {
  const Object object = config_map("one", {{"key", "a\xc3"}});
  ASSERT_EQ(api().create(kube::types::config_map(), object).outcome, kube::CreateOutcome::kCreated);
  EXPECT_EQ(kube::text_at(*api().get(kube::types::config_map(), {space, "one"}), "/data/key"), "a\xef\xbf\xbd");
}

TEST_F(ClientTest, FindsNothingWhereNothingIs) { EXPECT_FALSE(api().get(kube::types::config_map(), {space, "none"})); }

TEST_F(ClientTest, SaysThatANameIsTaken) {
  created("one");
  EXPECT_EQ(api().create(kube::types::config_map(), config_map("one")).outcome, kube::CreateOutcome::kAlreadyExists);
}

TEST_F(ClientTest, SaysThatTheNamespaceIsMissing) {
  Object object = config_map("one");
  object["metadata"]["namespace"] = "no-such-namespace";
  EXPECT_EQ(api().create(kube::types::config_map(), object).outcome, kube::CreateOutcome::kNamespaceNotFound);
}

// operator-protocol, Runtime 2: not retried
TEST_F(ClientTest, SaysThatTheNamespaceIsTerminating) {
  const kube::ResourceType namespaces{"", "v1", "namespaces", "Namespace", false};
  ASSERT_EQ(api().remove(namespaces, {"", space}, {}), kube::WriteOutcome::kDone);
  EXPECT_EQ(api().create(kube::types::config_map(), config_map("one")).outcome,
            kube::CreateOutcome::kNamespaceTerminating);
}

TEST_F(ClientTest, ListsAllPagesWithTheirTypes) {
  for (const char* name : {"a", "b", "c"}) created(name);
  kube::Selection selection{.namespace_name = space, .label_selector = "name in (a,b,c)", .page = 2};
  const kube::List first = api().list(kube::types::config_map(), selection);
  ASSERT_EQ(first.items.size(), 2U);
  selection.continue_token = first.continue_token;
  const kube::List second = api().list(kube::types::config_map(), selection);
  ASSERT_EQ(second.items.size(), 1U);
  EXPECT_TRUE(second.continue_token.empty());
  EXPECT_EQ(kube::text_at(second.items[0], "/kind"), "ConfigMap");
  EXPECT_EQ(kube::text_at(second.items[0], "/metadata/name"), "c");
}

// operator-protocol, Sources 1: watch ConfigMaps' metadata
TEST_F(ClientTest, ListsMetadataWithoutContent) {
  created("one");
  const kube::List list =
      api().list(kube::types::config_map(),
                 {.namespace_name = space, .label_selector = "name=one", .detail = kube::Detail::kMetadata});
  ASSERT_EQ(list.items.size(), 1U);
  EXPECT_FALSE(list.items[0].contains("data"));
  EXPECT_EQ(kube::text_at(list.items[0], "/kind"), "ConfigMap");
}

// operator-protocol, Status 4: an old resourceVersion gets 409
TEST_F(ClientTest, RefusesAPatchOfAnOutdatedVersion) {
  const Object before = created("one");
  const kube::ObjectName name{space, "one"};
  const Object version{{"resourceVersion", before["metadata"]["resourceVersion"]}};
  Object patch{{"metadata", version}, {"data", {{"key", "new"}}}};
  const kube::Written first = api().patch(kube::types::config_map(), name, patch, kube::Subresource::kNone);
  ASSERT_EQ(first.outcome, kube::WriteOutcome::kDone);
  EXPECT_EQ(kube::text_at(first.object, "/data/key"), "new");
  EXPECT_EQ(api().patch(kube::types::config_map(), name, patch, kube::Subresource::kNone).outcome,
            kube::WriteOutcome::kConflict);
}

TEST_F(ClientTest, RefusesAnApplyOfAnOutdatedVersionEvenByForce) {
  const Object before = created("one");
  Object applied = config_map("one", {{"key", "applied"}});
  ASSERT_EQ(api().apply(kube::types::config_map(), applied, {}).outcome, kube::WriteOutcome::kDone);
  applied["metadata"]["resourceVersion"] = before["metadata"]["resourceVersion"];
  applied["data"]["key"] = "later";
  EXPECT_EQ(api().apply(kube::types::config_map(), applied, {}).outcome, kube::WriteOutcome::kConflict);
}

TEST_F(ClientTest, PatchesAStatusThroughItsSubresource) {
  const Object job{
      {"apiVersion", "batch/v1"},
      {"kind", "Job"},
      {"metadata", {{"name", "one"}, {"namespace", space}}},
      {"spec",
       {{"template", {{"spec", {{"restartPolicy", "Never"}, {"containers", {{{"name", "c"}, {"image", "none"}}}}}}}}}}};
  ASSERT_EQ(api().create(kube::types::job(), job).outcome, kube::CreateOutcome::kCreated);
  const kube::Written written =
      api().patch(kube::types::job(), {space, "one"}, {{"status", {{"active", 1}}}}, kube::Subresource::kStatus);
  ASSERT_EQ(written.outcome, kube::WriteOutcome::kDone);
  EXPECT_EQ(kube::value_at(written.object, "/status/active"), 1);
}

TEST_F(ClientTest, SaysThatAStatusHasNoObject) {
  const Object patch{{"status", {{"active", 1}}}};
  EXPECT_EQ(api().patch(kube::types::job(), {space, "none"}, patch, kube::Subresource::kStatus).outcome,
            kube::WriteOutcome::kNotFound);
}

TEST_F(ClientTest, RemovesOnlyTheObjectWithThisUid) {
  const Object object = created("one");
  const kube::ObjectName name{space, "one"};
  EXPECT_EQ(api().remove(kube::types::config_map(), name, {.uid = "another"}), kube::WriteOutcome::kConflict);
  EXPECT_EQ(api().remove(kube::types::config_map(), name, {.uid = kube::text_at(object, "/metadata/uid")}),
            kube::WriteOutcome::kDone);
  EXPECT_EQ(api().remove(kube::types::config_map(), name, {}), kube::WriteOutcome::kNotFound);
}

TEST_F(ClientTest, NamesTheFieldOfAnInvalidObject) {
  Object object = config_map("one");
  object["data"] = {{"a key with blanks", "x"}};
  try {
    static_cast<void>(api().create(kube::types::config_map(), object));
    FAIL() << "accepted";
  } catch (const PermanentError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kUsage);
    EXPECT_NE(std::string(error.what()).find("a key with blanks"), std::string::npos) << error.what();
  }
}

TEST_F(ClientTest, HandsOverEachEventAsItHappens) {
  const std::string from = now();
  created("one");
  std::vector<std::string> names;
  std::stop_source stop;
  const auto on_event = [&](const kube::WatchEvent& event) {
    if (event.type == kube::EventType::kOpened) return;
    names.push_back(kube::text_at(event.object, "/metadata/name"));
    if (names.size() == 1) created("two");
    if (names.size() == 2) stop.request_stop();
  };
  const kube::WatchEnd end =
      api().watch(kube::types::config_map(), {.namespace_name = space}, from, on_event, stop.get_token());
  EXPECT_EQ(end, kube::WatchEnd::kClosed);
  EXPECT_EQ(names, (std::vector<std::string>{"one", "two"}));
}

// Nothing happened and nothing is to be told: no error, and the caller goes on from where it is.
TEST_F(ClientTest, ClosesAWatchOfWhichNothingWasHeard) {
  kube::Client client(server.config(), {.watch_idle = std::chrono::seconds(1)});
  int opened = 0;
  EXPECT_EQ(client.watch(
                kube::types::config_map(), {.namespace_name = space}, now(),
                [&](const kube::WatchEvent& event) { opened += event.type == kube::EventType::kOpened ? 1 : 0; }, {}),
            kube::WatchEnd::kClosed);
  EXPECT_EQ(opened, 1);
}

TEST_F(ClientTest, EndsASilentWatchWhenAskedTo) {
  std::stop_source stop;
  const std::string from = now();
  std::thread asker([&] { stop.request_stop(); });
  const kube::WatchEnd end = api().watch(
      kube::types::config_map(), {.namespace_name = space, .label_selector = "name=none"}, from,
      [](const kube::WatchEvent&) {}, stop.get_token());
  asker.join();
  EXPECT_EQ(end, kube::WatchEnd::kClosed);
}

TEST_F(ClientTest, MayDoOnlyWhatItsTokenAllows) {
  kube::Config config = server.config();
  config.certificate_pem.clear();
  config.token = server.token(space, "[{apiGroups: [\"\"], resources: [configmaps], verbs: [list]}]");
  kube::Client client(config, {});
  EXPECT_NO_THROW(static_cast<void>(client.list(kube::types::config_map(), {.namespace_name = space})));
  try {
    static_cast<void>(client.create(kube::types::config_map(), config_map("one")));
    FAIL() << "allowed";
  } catch (const PermanentError& error) {
    EXPECT_EQ(error.code, report::ExitCode::kNotAllowed);
    EXPECT_EQ(std::string(error.what()).find(config.token), std::string::npos);
  }
}

TEST_F(ClientTest, ReadsItsTokenFileAgainAfterARefusal) {
  const support::TemporaryFolder folder;
  kube::Config config = server.config();
  config.certificate_pem.clear();
  config.token_file = folder.write("token", "expired");
  kube::Client client(config, {});
  EXPECT_THROW(static_cast<void>(client.list(kube::types::config_map(), {.namespace_name = space})), TransientError);
  std::ofstream(config.token_file) << server.token(space,
                                                   "[{apiGroups: [\"\"], resources: [configmaps], verbs: [list]}]")
                                   << "\n";
  EXPECT_NO_THROW(static_cast<void>(client.list(kube::types::config_map(), {.namespace_name = space})));
}

TEST_F(ClientTest, TrustsNoServerOfAnotherAuthority) {
  kube::Config config = server.config();
  config.ca_pem.clear();  // the system's authorities
  kube::Client client(config, {});
  EXPECT_THROW(static_cast<void>(client.get(kube::types::config_map(), {space, "one"})), TransientError);
}

TEST_F(ClientTest, TrustsNoServerUnderAnotherName) {
  kube::Config config = server.config();
  config.server_name = "somebody.example";
  kube::Client stranger(config, {});
  EXPECT_THROW(static_cast<void>(stranger.get(kube::types::config_map(), {space, "one"})), TransientError);
  config.server_name = "kubernetes.default.svc";
  kube::Client client(config, {});
  EXPECT_NO_THROW(static_cast<void>(client.get(kube::types::config_map(), {space, "one"})));
}

TEST_F(ClientTest, CallsAnUnreachableServerTransient) {
  kube::Config config = server.config();
  config.server = "https://127.0.0.1:" + std::to_string(support::free_port());
  kube::Client client(config, {});
  EXPECT_THROW(static_cast<void>(client.create(kube::types::config_map(), config_map("one"))), TransientError);
}

}  // namespace
