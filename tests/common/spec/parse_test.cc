#include <gmock/gmock.h>

#include "common/spec/spec.h"
#include "tests/common/spec/documents.h"

namespace {

using nlohmann::json;
using spec::Problem;

/// What parsing the smallest resource says when the JSON pointer `where` holds `value` instead.
std::string with(const char* where, const json& value) {
  json document = documents::smallest();
  document[json::json_pointer(where)] = value;
  return spec::describe(spec::parse_json(document).problems);
}

TEST(Parse, AcceptsTheSmallestResource) {
  const spec::Parsed parsed = spec::parse_json(documents::smallest());
  EXPECT_EQ(spec::describe(parsed.problems), "");
  EXPECT_EQ(parsed.resource.name, "auth");
  EXPECT_EQ(parsed.resource.spec.database.url_from->key, "url");
  EXPECT_EQ(parsed.resource.spec.migrations.config_maps, std::vector<std::string>{"auth-migrations"});
}

TEST(Parse, AcceptsAResourceAsTheApiServerGivesIt) {
  json document = documents::smallest();
  document["metadata"].update({{"uid", "u"}, {"generation", 3}, {"managedFields", json::array()}});
  document["status"] = {{"observedGeneration", -1}};
  EXPECT_EQ(spec::describe(spec::parse_json(document).problems), "");
}

TEST(Parse, ReportsAllProblemsAtOnceWithTheirPaths) {
  json document = documents::smallest();
  document["kind"] = "Job";
  document["spec"]["target"] = "";
  document["spec"]["apply"] = {{"lockTimeout", "5"}};
  document["spec"]["checks"] = {{"after", {{{"name", "x"}}}}};
  const std::vector<Problem> problems = spec::parse_json(document).problems;
  std::vector<std::string> paths;
  for (const Problem& each : problems) paths.push_back(each.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"kind", "spec.target", "spec.apply.lockTimeout", "spec.checks.after[0]"}));
}

TEST(Parse, SuggestsTheNearestNameForAnUnknownField) {
  EXPECT_EQ(with("/spec/onfailure", "stop"), "spec.onfailure: is not a known field; did you mean onFailure?");
  EXPECT_EQ(with("/spec/migrations/configMap", "a"),
            "spec.migrations.configMap: is not a known field; did you mean configMaps?");
  EXPECT_EQ(with("/spec/zzz", 1), "spec.zzz: is not a known field");
}

TEST(Parse, NeverThrowsForAnyTypeInAnyPlace) {
  const json full = documents::fullest();
  const json flat = full.flatten();
  for (const auto& [where, old] : flat.items()) {
    for (json::json_pointer at(where); !at.empty(); at = at.parent_pointer()) {
      for (const json& value : {json(), json(7), json(-1.5), json("x"), json(true), json::array({json::array({1}), 1}),
                                json{{"x", {{"x", 1}}}}, json(UINT64_MAX)}) {
        json document = full;
        document[at] = value;
        EXPECT_NO_THROW(static_cast<void>(spec::parse_json(document))) << at << value;
      }
    }
  }
  EXPECT_FALSE(spec::parse_json(json::array()).problems.empty());
}

TEST(Parse, WantsExactlyOneSource) {
  EXPECT_EQ(with("/spec/migrations", json::object()),
            "spec.migrations: needs exactly one of configMaps, image, volume, inline");
  EXPECT_EQ(with("/spec/migrations/volume", {{"emptyDir", json::object()}}),
            "spec.migrations: needs exactly one of configMaps, image, volume, inline; has configMaps, volume");
}

TEST(Parse, WantsExactlyOneWayToTheDatabase) {
  EXPECT_EQ(with("/spec/database", json::object()), "spec.database: needs exactly one of urlFrom, host");
  EXPECT_EQ(with("/spec/database/name", "auth"), "spec.database.name: stands in the URL already: leave it out");
  EXPECT_EQ(with("/spec/database", {{"host", "db"}}),
            "spec.database.name: must name the database\n"
            "spec.database.userFrom: must name the Secret that holds the user");
}

TEST(Parse, WantsTheToolsCommandOnlyWithAnImage) {
  EXPECT_EQ(with("/spec/migrations/command", {"alembic"}),
            "spec.migrations.command: needs an image that holds the tool");
  EXPECT_EQ(with("/spec/migrations", {{"image", {{"reference", "a"}}}}),
            "spec.migrations.image.path: must be the folder of the migrations inside the image");
  EXPECT_EQ(with("/spec/migrations", {{"image", {{"reference", "a"}}}, {"command", {"alembic"}}}), "");
}

// What needs the revisions beforehand would wait for a plan that never comes, or be passed over in silence.
TEST(Parse, RefusesBesideTheToolsCommandWhatOnlyRevisionsOfOursCanDo) {
  const auto beside = [](const char* field, const char* value) {
    json document = documents::smallest();
    document["spec"]["migrations"] = {{"image", {{"reference", "a"}}}, {"command", {"alembic"}}};
    document["spec"][field] = value;
    return spec::describe(spec::parse_json(document).problems);
  };
  EXPECT_EQ(beside("approval", "Destructive"),
            "spec.approval: Destructive isn't possible with migrations.command: there is no plan to approve");
  EXPECT_EQ(beside("approval", "Always"),
            "spec.approval: Always isn't possible with migrations.command: there is no plan to approve");
  EXPECT_EQ(beside("phase", "Expand"),
            "spec.phase: Expand isn't possible with migrations.command: only the tool knows which steps contract");
  EXPECT_THAT(beside("onFailure", "downgrade"), testing::HasSubstr("spec.onFailure: downgrade isn't possible"));
  EXPECT_THAT(beside("runBy", "Pods"), testing::HasSubstr("spec.runBy: Pods isn't possible"));
  EXPECT_EQ(beside("approval", "NotRequired") + beside("phase", "All"), "");
}

TEST(Parse, RefusesRelativeTargetsSinceAResourceIsLevelBased) {
  for (const char* target : {"+1", "-2", "auth@+1", "auth@-1"}) {
    EXPECT_EQ(with("/spec/target", target), "spec.target: must not be relative: +N and -N are for the command line");
  }
  for (const char* target : {"heads", "7f", "auth@head", "03.00.00_01"}) EXPECT_EQ(with("/spec/target", target), "");
}

TEST(Parse, WantsTextInQuotesWhereYamlWouldReadANumber) {
  EXPECT_EQ(with("/spec/target", 3), "spec.target: must be text: put the value in quotes");
}

TEST(Parse, RefusesLedgerNamesThatNeedEscaping) {
  for (const char* name : {"", "a\"b", "a'b", "public.versions", "a\nb"}) {
    EXPECT_NE(with("/spec/ledger", {{"table", name}}), "") << name;
  }
  EXPECT_NE(with("/spec/ledger", {{"table", std::string(64, 'a')}}), "");
  EXPECT_EQ(with("/spec/ledger", {{"table", "chat2chart_alembic_version"}}), "");
}

// operator-protocol, Sources 1; file names come to us as keys of ConfigMaps
TEST(Parse, RefusesInlineNamesThatAreNoFileNames) {
  for (const char* name : {"../001.sql", "a/b.sql", "..data", "a b.sql", "caf\xc3\xa9.sql", ""}) {
    EXPECT_NE(with("/spec/migrations", {{"inline", {{"files", {{name, "select 1"}}}}}}), "") << name;
  }
}

TEST(Parse, RefusesInlineFilesBeyondWhatAConfigMapHolds) {
  EXPECT_EQ(with("/spec/migrations", {{"inline", {{"files", {{"1.sql", std::string(1000001, 'x')}}}}}}),
            "spec.migrations.inline.files: hold more than 1 MB: use an image, a volume or ConfigMaps");
}

// operator-protocol, Trust 2
TEST(Parse, RefusesHostPathsAsVolumes) {
  EXPECT_NE(with("/spec/migrations", {{"volume", {{"hostPath", {{"path", "/"}}}}}}), "");
  EXPECT_NE(with("/spec/backup", {{"mode", "full"}, {"volume", {{"hostPath", {{"path", "/"}}}}}}), "");
}

TEST(Parse, WantsABackupBeforeItCanPromiseToRestore) {
  EXPECT_EQ(with("/spec/onFailure", "restore"), "spec.onFailure: restore needs backup.mode: full");
  EXPECT_EQ(with("/spec/backup", {{"mode", "full"}}), "spec.backup.volume: must say where the backup goes");
}

TEST(Parse, WantsOneKindOfCheckAndANameOfItsOwn) {
  const json users = {{"name", "a"}, {"sql", "select true"}};
  EXPECT_EQ(with("/spec/checks", {{"before", {users}}, {"after", {users}}}),
            "spec.checks.after[0].name: is the name of another check too");
  EXPECT_EQ(with("/spec/checks", {{"after", {{{"name", "a"}, {"sql", "x"}, {"tables", {"y"}}}}}}),
            "spec.checks.after[0]: needs exactly one of sql, http, tcp, tables, heads; has sql, tables");
}

// guides, S13: credentials stand nowhere but in Secrets
TEST(Parse, RefusesCredentialsAndBlanksInTheUrlOfACheck) {
  const auto with_url = [](const char* url) {
    return with("/spec/checks", {{"after", {{{"name", "a"}, {"http", {{"url", url}}}}}}});
  };
  const std::string where = "spec.checks.after[0].http.url: ";
  EXPECT_EQ(with_url("http://u:p@api/"), where + "must not hold credentials: a spec is not a secret place");
  EXPECT_EQ(with_url("http:///health"), where + "must name a host");
  EXPECT_EQ(with_url("http://api/a b"), where + "must not hold blanks or control characters");
  EXPECT_EQ(with_url("http://api/@me?mail=a@b#@") + with_url("https://api:8443?a=@"), "");
}

TEST(Parse, RefusesAConfigMapThatIsNamedTwice) {
  EXPECT_EQ(with("/spec/migrations/configMaps", {"a", "b", "a"}), "spec.migrations.configMaps[2]: is named twice");
}

TEST(Parse, RefusesNumbersOutOfRange) {
  EXPECT_EQ(with("/spec/retry", {{"limit", -1}}), "spec.retry.limit: must be from 0 to 10000");
  EXPECT_EQ(with("/spec/retry", {{"limit", UINT64_MAX}}), "spec.retry.limit: must be from 0 to 10000");
  EXPECT_EQ(with("/spec/retry", {{"limit", 1.5}}), "spec.retry.limit: must be a whole number from 0 to 10000");
}

// Each attempt is a Job: without a pause a database that is down would be asked again at once, without end.
TEST(Parse, WantsAPauseBetweenAttempts) {
  for (const char* none : {"0", "0s", "999ms"}) {
    EXPECT_EQ(with("/spec/retry", {{"backoff", none}}), "spec.retry.backoff: must be at least 1s") << none;
  }
  EXPECT_EQ(with("/spec/retry", {{"backoff", "1s"}}), "");
  for (const char* none : {"1ms", "59s"}) {
    EXPECT_EQ(with("/spec/resync", none), "spec.resync: must be 0s, or at least 1m") << none;
  }
  EXPECT_EQ(with("/spec/resync", "0s") + with("/spec/resync", "1m"), "");
}

TEST(Parse, NamesTheWordsOfAChoice) {
  EXPECT_EQ(with("/spec/approval", "always"), "spec.approval: must be one of NotRequired, Destructive, Always");
  EXPECT_EQ(with("/spec/approval", ""), "spec.approval: must be one of NotRequired, Destructive, Always");
}

// What selects too little would let old code go uncounted.
TEST(ParseConsumers, RefusesSelectorsThatKubernetesWouldNotTake) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"matchLabels": {}})", "must not select everything"},
      {R"({"matchExpressions": []})", "must not select everything"},
      {R"({"matchLabels": {"app": 1}})", "spec.consumers[0].selector.matchLabels"},
      {R"({"matchExpressions": [{"key": "app", "operator": "Like", "values": ["a"]}]})", "must be one of In, NotIn"},
      {R"({"matchExpressions": [{"key": "app", "operator": "In"}]})", "values: must not be empty"},
      {R"({"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["a"]}]})", "values: must be empty"},
      {R"({"matchExpressions": [{"operator": "Exists"}]})", "key: must name a label"}};
  for (const auto& [selector, why] : cases) {
    json document = documents::fullest();
    document["spec"]["consumers"][0]["selector"] = json::parse(selector);
    EXPECT_THAT(spec::describe(spec::parse_json(document).problems), testing::HasSubstr(why)) << selector;
  }
}
TEST(ParseConsumers, TakesExpressions) {
  json document = documents::fullest();
  document["spec"]["consumers"][0]["selector"] =
      json::parse(R"({"matchExpressions": [{"key": "app", "operator": "In", "values": ["a", "b"]}]})");
  EXPECT_EQ(spec::describe(spec::parse_json(document).problems), "");
}

}  // namespace
