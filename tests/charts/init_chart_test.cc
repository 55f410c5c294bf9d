// charts/sluice-init through the example application's chart: what it renders, what it refuses, and that a real API
// server takes its pods under the standard "restricted" (guides D1, D3).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/apiserver.h"
#include "tests/support/golden.h"
#include "tests/support/postgres_server.h"
#include "tests/support/source.h"

namespace {

using testing::HasSubstr;

const std::string kRoot = support::source();

/// The example's chart with the library in its charts/, as `helm dependency build` leaves it; made once.
const std::string& example() {
  static const support::TemporaryFolder folder;
  static const std::string path = [] {
    const auto all = std::filesystem::copy_options::recursive;
    std::filesystem::copy(kRoot + "/deploy/examples/app-chart", folder.path() + "/shop", all);
    std::filesystem::create_directories(folder.path() + "/shop/charts");
    std::filesystem::copy(kRoot + "/charts/sluice-init", folder.path() + "/shop/charts/sluice-init", all);
    return folder.path() + "/shop";
  }();
  return path;
}

support::Finished helm(const std::string& verb, const std::vector<std::string>& flags) {
  std::vector<std::string> argv{support::cluster_program("helm"), verb};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return support::run_program(argv);
}

/// The Deployment, from values in YAML.
support::Finished rendered(const std::string& values) {
  const support::TemporaryFolder folder;
  const std::string file = folder.write("values.yaml", values);
  return helm("template", {"shop", example(), "--values", file, "--show-only", "templates/deployment.yaml"});
}

std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A Pod as the Deployment's template says, in its very words.
std::string pod_of(const std::string& deployment) {
  const std::string begin = "\n  template:\n";
  std::istringstream lines(deployment.substr(deployment.find(begin) + begin.size()));
  std::string pod = "apiVersion: v1\nkind: Pod\n";
  for (std::string line; std::getline(lines, line);) {
    pod += line.substr(std::min<std::size_t>(4, line.size())) + "\n";
    if (line == "    metadata:") pod += "  generateName: shop-\n";
  }
  return pod;
}

class InitChart : public testing::TestWithParam<const char*> {
 protected:
  std::string folder() const { return std::string("charts/sluice-init/") + GetParam(); }
  std::string values() const { return file_text(support::golden_path(folder() + "/values.yaml")); }
};

TEST_P(InitChart, RendersAsReviewed) {
  const support::Finished done = rendered(values());
  ASSERT_EQ(done.code, 0) << done.err;
  support::expect_golden(folder() + "/expected.yaml", done.out);
}

TEST_P(InitChart, MakesPodsThatTheRestrictedStandardTakes) {
  const support::Finished done = rendered(values());
  ASSERT_EQ(done.code, 0) << done.err;
  support::ApiServer& server = support::ApiServer::shared();
  static const std::string name = [&server] {
    server.create(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: restricted, labels: {pod-security.kubernetes.io/enforce: "
        "restricted}}\n");
    return std::string("restricted");
  }();
  const support::TemporaryFolder folder;
  const std::string file = folder.write("pod.yaml", pod_of(done.out));
  const support::Finished created =
      support::run_program({support::cluster_program("kubectl"), "--kubeconfig", server.kubeconfig_file(),
                            "--namespace", name, "create", "--dry-run=server", "-f", file});
  EXPECT_EQ(created.code, 0) << created.err;
  EXPECT_FALSE(YAML::Load(done.out)["spec"]["template"]["spec"]["automountServiceAccountToken"].as<bool>());
}

INSTANTIATE_TEST_SUITE_P(Cases, InitChart,
                         testing::Values("migrate", "migrate-image", "migrate-tool", "wait-database", "wait-files",
                                         "wait-gate", "migrate-and-wait", "every-value", "none"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// What stands in SLUICE_SPEC is read by the migrator itself.
TEST(InitChart, TellsTheMigratorWhatItUnderstands) {
  for (const char* const name : {"migrate", "migrate-image", "migrate-tool", "every-value"}) {
    const std::string values =
        file_text(support::golden_path(std::string("charts/sluice-init/") + name + "/values.yaml"));
    const support::Finished done = rendered(values);
    ASSERT_EQ(done.code, 0) << done.err;
    const support::TemporaryFolder migrations;
    migrations.write("001_a.up.sql", "select 1;");
    std::vector<std::string> environment = {"SLUICE_DATABASE_URL=postgresql://127.0.0.1:1/none"};
    for (const YAML::Node& container : YAML::Load(done.out)["spec"]["template"]["spec"]["initContainers"]) {
      if (container["name"].as<std::string>() != "sluice-migrate") continue;
      for (const YAML::Node& variable : container["env"]) {
        if (variable["value"] && variable["name"].as<std::string>() != "SLUICE_MIGRATIONS")
          environment.push_back(variable["name"].as<std::string>() + "=" + variable["value"].as<std::string>());
      }
    }
    environment.push_back("SLUICE_MIGRATIONS=" + migrations.path());
    // Nobody listens: it got as far as the database.
    const support::Finished run = support::run_program({support::binary("sluice"), "run"}, environment);
    EXPECT_EQ(run.code, 10) << name << run.out << run.err;
  }
}

// The resource that these pods report to says the same as they are told, and is one.
TEST(InitChart, MakesTheMigrationThatItsPodsReportToWhereItIsAskedFor) {
  const support::Finished done = helm("template", {"shop", example(), "--set", "databaseMigration=true", "--show-only",
                                                   "templates/databasemigration.yaml"});
  ASSERT_EQ(done.code, 0) << done.err;
  const YAML::Node made = YAML::Load(done.out);
  EXPECT_EQ(made["metadata"]["name"].as<std::string>(), "shop");
  EXPECT_EQ(made["spec"]["runBy"].as<std::string>(), "Pods");
  EXPECT_EQ(made["spec"]["phase"].as<std::string>(), "Expand");
  support::ApiServer& server = support::ApiServer::shared();
  const support::TemporaryFolder folder;
  const support::Finished created =
      support::run_program({support::cluster_program("kubectl"), "--kubeconfig", server.kubeconfig_file(), "create",
                            "--validate=strict", "--dry-run=server", "-f", folder.write("made.yaml", done.out)});
  EXPECT_EQ(created.code, 0) << created.err;
  EXPECT_NE(helm("template", {"shop", example(), "--show-only", "templates/databasemigration.yaml"}).code, 0);
}

TEST(InitChart, PassesHelmsLint) {
  const support::Finished library = helm("lint", {"--strict", kRoot + "/charts/sluice-init"});
  EXPECT_EQ(library.code, 0) << library.out;
  const support::Finished application = helm("lint", {"--strict", example()});
  EXPECT_EQ(application.code, 0) << application.out;
}

TEST(InitChart, IsFoundByHelmFromACheckout) {
  const support::TemporaryFolder folder;
  const auto all = std::filesystem::copy_options::recursive;
  std::filesystem::create_directories(folder.path() + "/deploy/examples");
  std::filesystem::copy(kRoot + "/deploy/examples/app-chart", folder.path() + "/deploy/examples/app-chart", all);
  std::filesystem::copy(kRoot + "/charts", folder.path() + "/charts", all);
  const support::Finished done = helm("dependency", {"build", folder.path() + "/deploy/examples/app-chart"});
  EXPECT_EQ(done.code, 0) << done.err;
}

struct Refusal {
  const char* name;
  const char* values;
  const char* message;
};

class InitChartRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(InitChartRefuses, AndSaysWhy) {
  const support::Finished done = rendered(GetParam().values);
  EXPECT_NE(done.code, 0) << done.out;
  EXPECT_THAT(done.err, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    BadValues, InitChartRefuses,
    testing::Values(
        Refusal{"UnknownKey", "sluice-init: {wiat: {}}", "additional properties 'wiat' not allowed"},
        Refusal{"NoDatabase", "sluice-init: {spec: {database: null}}", "spec.database: say urlFrom.secretKeyRef"},
        Refusal{"AUrlInValues", "sluice-init: {spec: {database: {urlFrom: {secretKeyRef: null}}}}",
                "a URL doesn't stand in values"},
        Refusal{"NoMigrations", "sluice-init: {spec: {migrations: null}}", "spec.migrations: name configMaps"},
        Refusal{"TwoSources", "sluice-init: {spec: {migrations: {image: {path: /m}}}}",
                "configMaps or image, not both"},
        Refusal{"AnImageWithoutPath", "sluice-init: {spec: {migrations: {configMaps: null, image: {reference: a}}}}",
                "spec.migrations.image: needs reference"},
        Refusal{"AVolume", "sluice-init: {spec: {migrations: {configMaps: null, volume: {emptyDir: {}}}}}",
                "not a volume or inline files"},
        // operator-protocol, Jobs 3: a restore under the other replicas' feet
        Refusal{"Restore", "sluice-init: {spec: {onFailure: restore}}", "value must be one of 'stop', 'downgrade'"},
        Refusal{"ABackupToNowhere", "sluice-init: {spec: {backup: {mode: full}}}", "spec.backup.volume"},
        Refusal{"ATimeThatIsNone", "sluice-init: {wait: {timeout: soon}}", "'/wait/timeout': 'soon' does not match"},
        Refusal{"ARangeAsRevision", "sluice-init: {requires: {before: '>=2'}}", "'/requires/before'"},
        Refusal{"AGateWithoutUrl", "{initContainers: wait, sluice-init: {wait: {by: gate}}}", "wait.gate.url"},
        Refusal{"AGateWithCredentials",
                "{initContainers: wait, sluice-init: {wait: {by: gate, gate: {url: 'http://a:b@c/gate'}}}}",
                "'/wait/gate/url'"},
        Refusal{"AnUpperBoundByGate",
                "{initContainers: wait, sluice-init: {requires: {before: x}, wait: {by: gate, gate: {url: "
                "'http://g/gate/v1/a/b'}}}}",
                "the gate doesn't answer it"},
        Refusal{"BothByTheSameDatabase", "initContainers: migrate-and-wait", "wait.by: gate"}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(InitChart, HoldsNoSecretButByReference) {
  const std::string values = file_text(support::golden_path("charts/sluice-init/every-value/values.yaml"));
  for (const YAML::Node& container : YAML::Load(rendered(values).out)["spec"]["template"]["spec"]["initContainers"]) {
    for (const YAML::Node& variable : container["env"]) {
      const std::string name = variable["name"].as<std::string>();
      const bool is_secret = name == "PGPASSWORD" || name == "PGUSER" || name == "SLUICE_GATE_TOKEN";
      EXPECT_TRUE(!is_secret || variable["valueFrom"]["secretKeyRef"]) << name;
    }
  }
}

}  // namespace
