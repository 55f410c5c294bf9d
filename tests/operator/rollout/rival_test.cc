// Which of two DatabaseRollouts on one Service or Deployment goes on.
#include "operator/rollout/rival.h"

#include <gtest/gtest.h>

namespace {

using kube::Object;

Object rollout(const std::string& name, const std::string& made, const Object& spec = Object::object()) {
  Object whole = {{"service", "shop"}, {"blue", "shop-blue"}, {"green", "shop-green"}};
  whole.update(spec);
  return {{"metadata", {{"namespace", "n"}, {"name", name}, {"creationTimestamp", made}}}, {"spec", whole}};
}
Object at(Object each, const std::string& step) {
  each["status"]["sequence"]["step"] = step;
  return each;
}
Object going(Object each) {
  each["metadata"]["deletionTimestamp"] = "2026-01-31T13:00:00Z";
  return each;
}

const std::string kEarly = "2026-01-31T12:00:00Z", kLate = "2026-01-31T12:00:01Z";
const Object kOwn = {{"service", "other"}, {"blue", "other-blue"}, {"green", "other-green"}};

/// Whom each of the two waits for.
std::pair<std::string, std::string> rivals(const Object& one, const Object& other) {
  return {rollout::rival_of(one, {one, other}), rollout::rival_of(other, {other, one})};
}
using Waits = std::pair<std::string, std::string>;

TEST(RivalOf, TheYoungerIsTheElderAndTheElderHasNone) {
  EXPECT_EQ(rivals(rollout("b", kEarly), rollout("a", kLate)), Waits("", "Service shop is DatabaseRollout b's"));
}

TEST(RivalOf, TwoMadeInOneSecondIsTheFirstByName) {
  EXPECT_EQ(rivals(rollout("a", kEarly), rollout("b", kEarly)), Waits("", "Service shop is DatabaseRollout a's"));
}

TEST(RivalOf, AnybodyIsTheOneThatIsUnderWay) {
  const Object elder = rollout("a", kEarly), younger = rollout("b", kLate);
  for (const char* step : {"Start", "Verify", "Contract", "StopNew"}) {
    EXPECT_EQ(rivals(elder, at(younger, step)), Waits("Service shop is DatabaseRollout b's", "")) << step;
    EXPECT_EQ(rivals(at(elder, step), at(younger, step)).first, "") << step;
  }
  for (const char* step : {"Done", "Failed"}) EXPECT_EQ(rivals(elder, at(younger, step)).first, "") << step;
}

TEST(RivalOf, ADeploymentOfEitherColourIsEnough) {
  for (const char* colour : {"blue", "green"}) {
    Object spec = kOwn;
    spec[colour] = "shop-green";
    EXPECT_EQ(rivals(rollout("a", kEarly), rollout("b", kLate, spec)).second,
              "Deployment shop-green is DatabaseRollout a's");
  }
}

TEST(RivalOf, WhoeverSharesOnlyTheMigrationIsNobody) {
  EXPECT_EQ(rivals(rollout("a", kEarly), rollout("b", kLate, kOwn)), Waits("", ""));
}

TEST(RivalOf, TheOneThatIsBeingDeletedIsNobody) {
  EXPECT_EQ(rivals(going(rollout("a", kEarly)), rollout("b", kLate)).second, "");
}

}  // namespace
