#include "operator/rollout/rival.h"

#include <tuple>

#include "operator/rollout/steps.h"

namespace rollout {
namespace {

using kube::Object;
using kube::text_at;

bool is_under_way(const Object& rollout) {
  const std::string step = text_at(rollout, "/status/sequence/step");
  return !step.empty() && step != word(Step::kDone) && step != word(Step::kFailed);
}

/// Who is under way comes first, then who was made first; made in one second, names decide.
bool comes_before(const Object& one, const Object& other) {
  const auto key = [](const Object& each) {
    return std::tuple(!is_under_way(each), text_at(each, "/metadata/creationTimestamp"), kube::name_of(each).name);
  };
  return key(one) < key(other);
}

/// "Service shop", "Deployment shop-blue"; empty: nothing.
std::string shared(const Object& one, const Object& other) {
  const std::string service = text_at(one, "/spec/service");
  if (!service.empty() && service == text_at(other, "/spec/service")) return "Service " + service;
  for (const char* ours : {"/spec/blue", "/spec/green"}) {
    for (const char* theirs : {"/spec/blue", "/spec/green"}) {
      const std::string name = text_at(one, ours);
      if (!name.empty() && name == text_at(other, theirs)) return "Deployment " + name;
    }
  }
  return {};
}

}  // namespace

std::string rival_of(const Object& rollout, const std::vector<Object>& all) {
  for (const Object& each : all) {
    const bool is_going = !text_at(each, "/metadata/deletionTimestamp").empty();
    if (is_going || kube::name_of(each) == kube::name_of(rollout) || !comes_before(each, rollout)) continue;
    if (const std::string what = shared(rollout, each); !what.empty()) {
      return what + " is DatabaseRollout " + kube::name_of(each).name + "'s";
    }
  }
  return {};
}

}  // namespace rollout
