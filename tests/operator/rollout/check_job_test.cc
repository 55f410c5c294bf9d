// Whom the checks of a colour ask (docs/blue-green.md, Rights and trust).
#include "operator/rollout/check_job.h"

#include <gtest/gtest.h>

namespace {

using rollout::Pod;

TEST(CheckJob, AsksAtMostTwentyPodsAndOnlyReadyOnesWithAnAddress) {
  std::vector<Pod> pods = {{"starting", "10.0.0.1", false}, {"nowhere", "", true}};
  for (int i = 0; i < 30; ++i) pods.push_back({"pod-" + std::to_string(i), "10.0.1." + std::to_string(i), true});
  const nlohmann::json checks = rollout::expand_checks({{.name = "health", .is_http = true, .port = 8080}}, pods);
  ASSERT_EQ(checks.size(), 20U);
  EXPECT_EQ(checks[0]["name"], "health of pod-0");
  EXPECT_EQ(checks[0]["http"]["url"], "http://10.0.1.0:8080/");
}

TEST(CheckJob, AsksAPlaceOfTheUsersOnceHoweverManyPodsThereAre) {
  const std::vector<Pod> pods = {{"a", "10.0.0.1", true}, {"b", "fd00::1", true}};
  const nlohmann::json checks = rollout::expand_checks(
      {{.name = "preview", .is_http = true, .url = "http://preview/"}, {.name = "port", .port = 9000}}, pods);
  ASSERT_EQ(checks.size(), 3U);
  EXPECT_EQ(checks[0]["http"]["url"], "http://preview/");
  EXPECT_EQ(checks[2]["tcp"], (nlohmann::json{{"host", "fd00::1"}, {"port", 9000}}));
}

TEST(CheckJob, PutsAnAddressOfVersion6IntoBrackets) {
  const nlohmann::json checks =
      rollout::expand_checks({{.name = "health", .is_http = true, .port = 80, .path = "/x"}}, {{"b", "fd00::1", true}});
  EXPECT_EQ(checks[0]["http"]["url"], "http://[fd00::1]:80/x");
}

}  // namespace
