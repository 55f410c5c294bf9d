// The Job of an attempt, whole, as golden files: tests/golden/job/CASE/{in.yaml, expected.json}.
#include "operator/reconcile/job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/report/digest.h"
#include "operator/reconcile/inputs.h"
#include "tests/support/golden.h"

namespace {

using nlohmann::json;
using reconcile::Observed;
using reconcile::RunStatus;

const reconcile::JobOptions kOptions{.migrator_image = "registry.example/sluice@sha256:11"};

Observed observed(const std::string& yaml) {
  spec::Parsed parsed = spec::parse_yaml(yaml);
  EXPECT_EQ(spec::describe(parsed.problems), "");
  Observed seen{.name = parsed.resource.name,
                .namespace_name = parsed.resource.namespace_name,
                .uid = "4f1c",
                .resource = parsed.resource};
  const spec::Migrations& migrations = seen.resource.spec.migrations;
  if (!migrations.config_maps.empty() || !migrations.inline_files.empty()) {
    seen.content.digest = report::sha256_hex("files");
  }
  return seen;
}

RunStatus attempt(const Observed& seen, reconcile::Kind kind = reconcile::Kind::kRun) {
  RunStatus run{.kind = kind, .attempt = 3, .inputs = reconcile::hashes_of(seen).inputs};
  run.expected_digest = seen.content.digest;
  run.job = reconcile::job_name(seen.name, run);
  return run;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> job_cases() {
  std::vector<std::string> names;
  for (const auto& each : std::filesystem::directory_iterator(support::golden_path("job"))) {
    names.push_back(each.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class JobGolden : public testing::TestWithParam<std::string> {};

TEST_P(JobGolden, IsRenderedAsReviewed) {
  const std::string folder = "job/" + GetParam();
  const Observed seen = observed(read_file(support::golden_path(folder + "/in.yaml")));
  json all = json::array();
  if (const json config_map = reconcile::render_inline_config_map(seen, attempt(seen), "uid-of-the-job");
      !config_map.is_null()) {
    all.push_back(config_map);
  }
  all.push_back(reconcile::render_job(seen, attempt(seen), kOptions));
  support::expect_golden(folder + "/expected.json", all.dump(2) + "\n");
}

INSTANTIATE_TEST_SUITE_P(Cases, JobGolden, testing::ValuesIn(job_cases()),
                         [](const testing::TestParamInfo<std::string>& each) {
                           std::string name = each.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

Observed simplest() { return observed(read_file(support::golden_path("job/config-maps/in.yaml"))); }

const json& migrate(const json& job) { return job["spec"]["template"]["spec"]["containers"][0]; }

std::string variable(const json& job, const std::string& name) {
  for (const json& each : migrate(job)["env"]) {
    if (each["name"] == name) return each.value("value", "");
  }
  return "-";
}

TEST(Job, PlansWithTheWordsOfThePlan) {
  const Observed seen = simplest();
  const json job = reconcile::render_job(seen, attempt(seen, reconcile::Kind::kPlan), kOptions);
  EXPECT_EQ(migrate(job)["args"], json::parse(R"(["plan", "--output", "json"])"));
}

// operator-protocol, Roll-outs 1
TEST(Job, OfContractRunsAllPhasesWhereTheAnswersAreStillTheSame) {
  const Observed seen = simplest();
  RunStatus run = attempt(seen, reconcile::Kind::kContract);
  run.questions = {"001", "002"};
  run.expect_answers = "+c";
  const json job = reconcile::render_job(seen, run, kOptions);
  EXPECT_EQ(migrate(job)["args"], json({"run"}));
  EXPECT_EQ(variable(job, "SLUICE_PHASE"), "all");
  EXPECT_EQ(variable(job, "SLUICE_QUESTIONS"), "001,002");
  EXPECT_EQ(variable(job, "SLUICE_EXPECT_ANSWERS"), "+c");
}

TEST(Job, OfASurveyOnlyLooks) {
  const Observed seen = simplest();
  const json job = reconcile::render_job(seen, attempt(seen, reconcile::Kind::kSurvey), kOptions);
  EXPECT_EQ(migrate(job)["args"], json::parse(R"(["survey", "--output", "json"])"));
  EXPECT_EQ(variable(job, "SLUICE_PHASE"), "-");
}

TEST(Job, HandsOverAnApprovedPlanAndAPersonsWishToTryAgain) {
  const Observed seen = simplest();
  RunStatus run = attempt(seen);
  EXPECT_EQ(variable(reconcile::render_job(seen, run, kOptions), "SLUICE_AGAIN"), "-");
  run.approved_plan = "abc";
  run.again = true;
  const json job = reconcile::render_job(seen, run, kOptions);
  EXPECT_EQ(variable(job, "SLUICE_APPROVED_PLAN"), "abc");
  EXPECT_EQ(variable(job, "SLUICE_AGAIN"), "1");
}

// docs/security.md: an image or envFrom must not say another database or another policy
TEST(Job, NamesItsOwnVariablesAsTheOnlyOnesThatCount) {
  Observed seen = simplest();
  seen.resource.spec.pod_template = json::parse(
      R"({"spec": {"containers": [{"name": "migrate", "envFrom": [{"secretRef": {"name": "app"}}],
                                   "env": [{"name": "PGSSLCERT", "value": "/c"}, {"name": "TOOL", "value": "x"}]}]}})");
  const json job = reconcile::render_job(seen, attempt(seen), kOptions);
  EXPECT_EQ(variable(job, "SLUICE_ONLY"),
            "SLUICE_SPEC,SLUICE_MIGRATIONS,SLUICE_EXPECT_DIGEST,SLUICE_DATABASE_URL,HOME,PGSSLCERT");
}

// guides S13: Kubernetes expands $(NAME) in values, which would put the password into the spec's text
TEST(Job, DoublesEveryDollarThatIsNoReference) {
  Observed seen = simplest();
  seen.resource.spec.checks.after = {{.name = "x", .sql = "select $$a$$ = '$(SLUICE_DATABASE_URL)'"}};
  const std::string text = variable(reconcile::render_job(seen, attempt(seen), kOptions), "SLUICE_SPEC");
  EXPECT_NE(text.find("select $$$$a$$$$ = '$$(SLUICE_DATABASE_URL)'"), std::string::npos) << text;
}

// operator-protocol, Jobs 5
TEST(Job, CutsLongNamesAndKeepsThemApart) {
  RunStatus run{.attempt = 1, .inputs = "x"};
  const std::string name = reconcile::job_name(std::string(39, 'a') + "." + std::string(30, 'b'), run);
  EXPECT_EQ(name.substr(0, 41), std::string(39, 'a') + "-" + name.substr(40, 1));
  EXPECT_LE(name.size(), 63U);
  run.attempt = 2;
  EXPECT_NE(reconcile::job_name("a", run), reconcile::job_name("a", {.attempt = 1, .inputs = "x"}));
  run = {.attempt = 1, .inputs = "x"};
  run.retry = "now";
  EXPECT_NE(reconcile::job_name("a", run), reconcile::job_name("a", {.attempt = 1, .inputs = "x"}));
}

// operator-protocol, Jobs 1: ascending, without 0
TEST(Job, ListsFinalCodesAscending) {
  EXPECT_TRUE(std::is_sorted(std::begin(reconcile::kFinalCodes), std::end(reconcile::kFinalCodes)));
  EXPECT_GT(reconcile::kFinalCodes[0], 0);
}

// operator-protocol, Jobs 1, 5 and 6: Kubernetes neither tries again, nor cuts a run short, nor throws its result away
TEST(Job, IsOneAttemptThatOnlyTheOperatorRetriesEndsAndDeletes) {
  const Observed seen = simplest();
  const json spec = reconcile::render_job(seen, attempt(seen), kOptions)["spec"];
  EXPECT_EQ(spec["backoffLimit"], 0);
  EXPECT_EQ(spec["podReplacementPolicy"], "Failed");
  EXPECT_FALSE(spec.contains("activeDeadlineSeconds"));
  EXPECT_FALSE(spec.contains("ttlSecondsAfterFinished"));
  const json& rules = spec["podFailurePolicy"]["rules"];
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0]["action"], "FailJob");
  EXPECT_EQ(rules[0]["onExitCodes"]["containerName"], "migrate");
  EXPECT_EQ(rules[1]["action"], "Ignore");
  EXPECT_EQ(rules[1]["onPodConditions"][0]["type"], "DisruptionTarget");
  const json& pod = spec["template"]["spec"];
  EXPECT_EQ(pod["restartPolicy"], "Never");
  EXPECT_EQ(pod["terminationGracePeriodSeconds"], 600);
  for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    EXPECT_FALSE(pod["containers"][0].contains(probe));
  }
}

TEST(Job, LeavesInlineFilesOutOfTheEnvironment) {
  const Observed seen = observed(read_file(support::golden_path("job/inline/in.yaml")));
  const std::string text = reconcile::spec_for_migrator(seen);
  EXPECT_EQ(text.find("create table"), std::string::npos);
  EXPECT_TRUE(spec::parse_json(json::parse(text)).problems.empty());
}

}  // namespace
