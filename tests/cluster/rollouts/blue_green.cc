#include "tests/cluster/rollouts/blue_green.h"

#include <gtest/gtest.h>

#include <regex>
#include <sstream>

namespace rollouts {
namespace {

Release colour(const std::string& colour, int replicas) {
  Release release{.version = colour == "blue" ? "1" : "2", .colour = colour, .replicas = replicas};
  if (colour == "green") release.annotations = {{"sluice.dev/requires", "people>=002"}};
  return release;
}

json http_check(const std::string& name, const std::string& path) {
  return {{"name", name}, {"http", {{"port", 8080}, {"path", path}}}, {"retries", 1}, {"interval", "1s"}};
}

}  // namespace

BlueGreen::BlueGreen(const World& world, json spec) : world_(world) {
  spec_ = {{"migrationRef", {{"name", "people"}}},
           {"service", "people"},
           {"blue", "people-blue"},
           {"green", "people-green"},
           {"checks", {http_check("health", "/healthz")}},
           {"verify", {{"for", "10s"}, {"interval", "2s"}, {"checks", {http_check("selftest", "/verify")}}}},
           {"drainDelay", "30s"}};
  spec_.merge_patch(spec);
  prepare(world);
}

void BlueGreen::apply_rollout(const std::string& target) const {
  json spec = spec_;
  spec["target"] = target;
  world_.apply({{"apiVersion", "sluice.dev/v1alpha1"},
                {"kind", "DatabaseRollout"},
                {"metadata", {{"name", "people"}}},
                {"spec", spec}});
}

void BlueGreen::apply_migration(const std::string& files) const {
  world_.migration("people", {{"migrations", {{"configMaps", {files}}}},
                              {"phase", "Expand"},
                              {"consumers", {{{"selector", {{"matchLabels", {{"app", "people"}}}}}}}}});
}

bool BlueGreen::release_first() const {
  world_.apply(deployment(colour("blue", 2)));
  world_.apply(deployment(colour("green", 0)));
  world_.apply(service("people", nullptr));
  apply_rollout("Blue");
  apply_migration("migrations-1");
  return waits("{.status.sequence.step}", "Done") && condition("Ready") == "True/UpToDate";
}

bool BlueGreen::adopt_blue() const {
  apply_migration("migrations-1");
  if (!world_.becomes("people", "Ready", "True/UpToDate")) return false;
  world_.apply(deployment(colour("blue", 2)));
  world_.apply(deployment(colour("green", 0)));
  world_.apply(service("people", {{"app", "people"}, {"colour", "blue"}}));
  if (!rolled_out(world_, "people-blue")) return false;
  apply_rollout("Blue");
  return waits("{.status.active}", "Blue") && condition("Ready") == "True/UpToDate";
}

void BlueGreen::release_green() const {
  apply_migration("migrations-2");
  apply_rollout("Green");
}

void BlueGreen::release_green(const support::Files& files) const {
  world_.config_map("migrations-2", files);
  release_green();
}

void BlueGreen::annotate(const std::string& key, const std::string& value) const {
  world_.kubectl({"annotate", "--overwrite", "databaserollout", "people", key + "=" + value});
}

void BlueGreen::let_green_fail(const std::string& endpoint) const {
  world_.sql("insert into faults values ('2', '" + endpoint + "')");
}

// One process that watches: asking over and over would take from the machine what the load needs.
bool BlueGreen::waits(const std::string& field, const std::string& value, int seconds) const {
  return world_
             .kubectl({"wait", "databaserollout/people", "--for=jsonpath=" + field + "=" + value,
                       "--timeout=" + std::to_string(seconds) + "s"})
             .code == 0;
}

std::string BlueGreen::condition(const std::string& type) const {
  const json object = resource();
  for (const json& each : object.value("/status/conditions"_json_pointer, json::array())) {
    if (each.at("type") != type || each.at("observedGeneration") != object["metadata"]["generation"]) continue;
    return each.at("status").get<std::string>() + "/" + each.at("reason").get<std::string>();
  }
  return "";
}

std::string BlueGreen::selected() const {
  return world_.get("service", "people").value("/spec/selector/colour"_json_pointer, "");
}

int BlueGreen::replicas(const std::string& colour) const {
  return world_.get("deployment", "people-" + colour).at("spec").at("replicas");
}

bool BlueGreen::has_column(const std::string& column) const {
  return world_.sql("select count(*) from information_schema.columns where table_name = 'people' and column_name = '" +
                    column + "'") == "1";
}

std::string BlueGreen::description() const { return world_.kubectl({"describe", "dbr", "people"}).out; }

std::map<std::string, int> BlueGreen::events() const {
  std::map<std::string, int> found;
  std::istringstream text(description());
  const std::regex event(R"(^  (Normal|Warning)\s+(\w+)\s.*)");
  std::smatch match;
  bool reached = false;
  for (std::string line; std::getline(text, line);) {
    reached = reached || line.starts_with("Events:");
    if (reached && std::regex_match(line, match, event)) ++found[match.str(2)];
  }
  return found;
}

std::string BlueGreen::tables() const {
  std::string text;
  for (const char* what : {"dbr", "dbm", "jobs"}) {
    text += std::string("$ kubectl get ") + what + "\n" + world_.kubectl({"get", what}).out + "\n";
  }
  return text;
}

std::string BlueGreen::story() const { return description() + rollouts::story(world_); }

json end_case(const std::string& name, const Load& load, const BlueGreen& shop, const std::string& at_the_end) {
  load.settle();
  json summary = load.stop();
  record(name, {summary}, at_the_end);
  keep(name, shop.tables() + "$ kubectl describe dbr people\n" + shop.description());
  EXPECT_EQ(summary.at("failures"), 0) << summary.dump(1) << shop.story();
  EXPECT_LT(summary.at("seconds"), 119) << "the load ended before the sequence did";
  return summary;
}

}  // namespace rollouts
