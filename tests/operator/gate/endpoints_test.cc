// The gate's endpoints: what is answered to whom. The state behind an answer: judge_test.cc.
#include "operator/gate/endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/gate/rates.h"
#include "operator/gate/url.h"
#include "tests/support/postgres_server.h"

namespace {

using gate::Answer;
using kube::Object;
using testing::StartsWith;

/// apps/auth is ready at revision 002, apps/mail runs.
class EndpointsTest : public testing::Test {
 protected:
  static Object migration(const std::string& name, bool is_ready) {
    return {{"metadata", {{"namespace", "apps"}, {"name", name}, {"generation", 1}}},
            {"status",
             {{"observedGeneration", 1},
              {"heads", {"002"}},
              {"conditions",
               {{{"type", "Ready"},
                 {"status", is_ready ? "True" : "False"},
                 {"reason", is_ready ? "UpToDate" : "Running"},
                 {"observedGeneration", 1}}}}}}};
  }
  gate::GateSources sources() {
    const auto find = [](const kube::ObjectName& name) -> std::optional<Object> {
      if (name.namespace_name != "apps" || (name.name != "auth" && name.name != "mail")) return std::nullopt;
      return migration(name.name, name.name == "auth");
    };
    return {.migration = find, .stale = [this](const std::string& where) { return stale[where]; }};
  }
  Answer get(const std::string& target, const std::string& method = "GET") {
    return handler({.method = method, .target = target});
  }
  static Object state_of(const Answer& answer) { return Object::parse(answer.body)["state"]; }
  Answer hook(const std::string& name, const Object& metadata) {
    const Object payload = {
        {"name", "podinfo"}, {"namespace", "apps"}, {"phase", "Progressing"}, {"metadata", metadata}};
    return post("/gate/v1/flagger/" + name, payload.dump());
  }
  Answer post(const std::string& target, const std::string& body) {
    return handler({.method = "POST", .target = target, .body = body});
  }

  std::map<std::string, std::vector<std::string>> stale = {};  // by namespace
  gate::Handler handler = gate::make_gate(sources());
};

// operator-protocol, Roll-outs 5: always 200, so that waiting, ready and failed are decided by the body.
TEST_F(EndpointsTest, AnswersForEveryName) {
  for (const auto& [name, state] : std::map<std::string, std::string>{
           {"apps/auth", "ready"}, {"apps/mail", "waiting"}, {"apps/none", "waiting"}, {"none/auth", "waiting"}}) {
    const Answer answer = get("/gate/v1/" + name);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.content_type, "application/json");
    EXPECT_EQ(state_of(answer), state) << name;
  }
}

TEST_F(EndpointsTest, AsksForRevisions) {
  EXPECT_EQ(state_of(get("/gate/v1/apps/auth?at-least=002")), "ready");
  EXPECT_EQ(state_of(get("/gate/v1/apps/auth?at-least=003")), "waiting");
  EXPECT_EQ(state_of(get("/gate/v1/apps/auth?at-least=002,003")), "waiting");
}

TEST_F(EndpointsTest, PassesNoParameterOver) {
  for (const char* query : {"?atleast=003", "?at-least=", "?at-least=002,", "?at-least=002&at-least=003", "?x"}) {
    EXPECT_EQ(get(std::string("/gate/v1/apps/auth") + query).status, 400) << query;
  }
}

TEST_F(EndpointsTest, ReadsPercentEncodedNames) {
  EXPECT_EQ(state_of(get("/gate/v1/%61pps/auth?at-least=%30%302")), "ready");
  EXPECT_EQ(state_of(get("/gate/v1/apps%2Fauth/auth")), "waiting");  // one name with a slash: there is none
  EXPECT_EQ(state_of(get("/gate/v1/apps/%22%3Cb%3E")), "waiting");
  for (const char* broken : {"/gate/v1/apps/%", "/gate/v1/apps/%1", "/gate/v1/apps/%zz", "/gate/v1/apps/%00",
                             "/gate/v1/apps/%ff", "gate/v1/apps/auth", "*"}) {
    EXPECT_EQ(get(broken).status, 400) << broken;
  }
}

TEST_F(EndpointsTest, KnowsNoOtherPath) {
  for (const char* path : {"/", "/metrics", "/gate/v1", "/gate/v1/apps", "/gate/v1/apps/auth/", "/gate/v2/apps/auth"}) {
    EXPECT_EQ(get(path).status, 404) << path;
  }
}

TEST_F(EndpointsTest, IsReadOnly) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    EXPECT_EQ(get("/gate/v1/apps/auth", method).status, 405) << method;
  }
  EXPECT_EQ(get("/gate/v1/apps/auth", "HEAD").status, 200);
}

// operator-protocol, Trust 6
TEST_F(EndpointsTest, FailsClosedWhileAWatchIsStale) {
  stale["apps"] = {"databasemigrations in apps"};
  EXPECT_EQ(get("/gate/v1/apps/auth").status, 503);
  EXPECT_EQ(hook("confirm-rollout", {{"migration", "auth"}}).status, 503);
  stale.clear();
  EXPECT_EQ(get("/gate/v1/apps/auth").status, 200);
}

// A namespace that is gone, say.
TEST_F(EndpointsTest, AnswersForANamespaceWhateverIsStaleInAnother) {
  stale["gone"] = {"databasemigrations in gone"};
  EXPECT_EQ(get("/gate/v1/apps/auth").status, 200);
  EXPECT_EQ(hook("confirm-rollout", {{"migration", "auth"}}).status, 200);
  EXPECT_EQ(get("/gate/v1/gone/auth").status, 503);
  EXPECT_EQ(hook("confirm-rollout", {{"migration", "auth"}, {"namespace", "gone"}}).status, 503);
}

// operator-protocol, Roll-outs 6
TEST_F(EndpointsTest, ConfirmsToFlaggerWhatIsReady) {
  for (const char* name : {"confirm-rollout", "pre-rollout", "confirm-promotion"}) {
    EXPECT_EQ(hook(name, {{"migration", "auth"}}).status, 200) << name;
    EXPECT_EQ(hook(name, {{"migration", "mail"}}).status, 403) << name;
    EXPECT_THAT(hook(name, {{"migration", "mail"}}).body, StartsWith("Running: DatabaseMigration apps/mail "));
  }
}

TEST_F(EndpointsTest, TakesNamespaceAndRevisionsFromTheMetadata) {
  EXPECT_EQ(hook("confirm-rollout", {{"migration", "auth"}, {"at-least", "002"}}).status, 200);
  EXPECT_EQ(hook("confirm-rollout", {{"migration", "auth"}, {"at-least", "003"}}).status, 403);
  EXPECT_EQ(hook("confirm-rollout", {{"migration", "auth"}, {"namespace", "other"}}).status, 403);
  EXPECT_EQ(hook("confirm-rollout", {{"migration", "auth"}, {"namespace", "apps"}, {"cmd", "x"}}).status, 200);
}

TEST_F(EndpointsTest, NeverConfirmsAnotherHook) {
  for (const char* name :
       {"rollback", "event", "rollout", "post-rollout", "confirm-traffic-increase", "", "Pre-Rollout"}) {
    EXPECT_EQ(hook(name, {{"migration", "auth"}}).status, 403) << name;
  }
}

TEST_F(EndpointsTest, RefusesAMalformedPayload) {
  const std::string deep(60'000, '[');
  for (const char* body : {"", "{", "[]", "null", "{}", R"({"metadata": {}})", R"({"metadata": {"migration": "auth"}})",
                           R"({"namespace": "apps", "metadata": {"migration": 7}})",
                           R"({"namespace": 7, "metadata": {"migration": "auth"}})",
                           R"({"namespace": "apps", "metadata": {"migration": "auth", "at-least": ""}})",
                           R"({"namespace": "apps", "metadata": {"migration": "auth", "at-least": 2}})",
                           "{\"namespace\": \"apps\", \"metadata\": {\"migration\": \"\xff\"}}", deep.c_str()}) {
    EXPECT_EQ(post("/gate/v1/flagger/confirm-rollout", body).status, 400) << std::string(body).substr(0, 80);
  }
}

TEST_F(EndpointsTest, ServesNamespacesNamedLikeItsOwnPaths) {
  EXPECT_EQ(state_of(get("/gate/v1/flagger/confirm-rollout")), "waiting");
  EXPECT_EQ(state_of(get("/gate/v1/token/auth")), "waiting");
}

class TokenTest : public EndpointsTest {
 protected:
  TokenTest() {
    gate::GateSources with_token = sources();
    with_token.token_file = folder.write("token", "s3cret\n");
    handler = gate::make_gate(with_token);
  }
  int ask(const std::string& authorization, const std::string& target = "/gate/v1/apps/auth") {
    return handler({.target = target, .authorization = authorization}).status;
  }
  support::TemporaryFolder folder;
};

TEST_F(TokenTest, IsAskedForEverywhere) {
  EXPECT_EQ(ask("Bearer s3cret"), 200);
  EXPECT_EQ(ask("bearer s3cret"), 200);
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer wrong", "Basic s3cret", "s3cret", "Bearer s3cret "}) {
    EXPECT_EQ(ask(wrong), 401) << wrong;
  }
  EXPECT_EQ(ask("", "/no/such/path"), 401);
  EXPECT_EQ(ask("", "%"), 401);
  EXPECT_EQ(handler({.target = "/gate/v1/apps/auth"}).headers.at("WWW-Authenticate"), "Bearer");
}

TEST_F(TokenTest, MayStandInThePathOfFlaggersHooks) {
  const std::string body = R"({"namespace": "apps", "metadata": {"migration": "auth"}})";
  EXPECT_EQ(post("/gate/v1/token/s3cret/flagger/confirm-rollout", body).status, 200);
  EXPECT_EQ(post("/gate/v1/token/s3cre%74/flagger/confirm-rollout", body).status, 200);
  EXPECT_EQ(post("/gate/v1/token/wrong/flagger/confirm-rollout", body).status, 401);
  EXPECT_EQ(post("/gate/v1/flagger/confirm-rollout", body).status, 401);
  EXPECT_EQ(get("/gate/v1/token/s3cret/apps/auth").status, 401);
}

TEST(Url, SplitsBeforeItDecodes) {
  EXPECT_EQ(gate::parse_url("/a%2Fb/c+d?e=f%26g&h=i+j"),
            (gate::Url{.path = {"a/b", "c+d"}, .query = {{"e", "f&g"}, {"h", "i j"}}}));
  EXPECT_EQ(gate::parse_url("/a/?"), (gate::Url{.path = {"a", ""}}));
}

TEST(Rates, AllowTwiceTheRateAtOnceAndTheRateThereafter) {
  gate::Rates rates({10}, {1000});
  gate::Rates::Time now{std::chrono::hours(1)};
  int taken = 0;
  while (rates.take("a", now)) ++taken;
  EXPECT_EQ(taken, 20);
  EXPECT_TRUE(rates.take("b", now));
  EXPECT_FALSE(rates.take("a", now + std::chrono::milliseconds(90)));
  EXPECT_TRUE(rates.take("a", now + std::chrono::milliseconds(210)));
}

TEST(Rates, BoundAllClientsTogether) {
  gate::Rates rates({10}, {50});
  const gate::Rates::Time now{std::chrono::hours(1)};
  int taken = 0;
  for (int client = 0; client < 100'000; ++client) taken += rates.take(std::to_string(client), now) ? 1 : 0;
  EXPECT_EQ(taken, 100);
}

}  // namespace
