// tests/operator/chart/chart.h: the chart as helm renders it.
#pragma once
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"
#include "tests/support/source.h"

namespace chart {

inline support::Finished helm(const std::vector<std::string>& settings) {
  std::vector<std::string> argv{support::cluster_program("helm"),
                                "template",
                                "sluice",
                                support::source("charts/sluice"),
                                "--namespace",
                                "sluice-system",
                                "--set",
                                "crds.install=true"};
  for (const std::string& setting : settings) argv.insert(argv.end(), {"--set", setting});
  return support::run_program(argv);
}

inline std::vector<YAML::Node> rendered(const std::vector<std::string>& settings = {}) {
  const support::Finished done = helm(settings);
  EXPECT_EQ(done.code, 0) << done.err;
  std::vector<YAML::Node> objects;
  for (const YAML::Node& object : YAML::LoadAll(done.out)) {
    if (object.IsMap()) objects.push_back(object);
  }
  return objects;
}

inline std::vector<YAML::Node> of_kind(const std::vector<YAML::Node>& objects, const std::string& kind) {
  std::vector<YAML::Node> found;
  for (const YAML::Node& object : objects) {
    if (object["kind"].as<std::string>() == kind) found.push_back(object);
  }
  return found;
}

inline std::vector<std::string> kinds(const std::vector<YAML::Node>& objects) {
  std::vector<std::string> names;
  for (const YAML::Node& object : objects) names.push_back(object["kind"].as<std::string>());
  return names;
}

inline std::vector<std::string> container_arguments(const std::vector<YAML::Node>& objects) {
  return of_kind(objects, "Deployment")
      .at(0)["spec"]["template"]["spec"]["containers"][0]["args"]
      .as<std::vector<std::string>>();
}

}  // namespace chart
