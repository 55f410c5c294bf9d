#include "operator/rollout/steps.h"

#include <algorithm>
#include <cctype>

namespace rollout {
namespace {

struct Names {
  Step step = Step::kStart;
  const char* word = "";
  const char* condition = "";
  const char* doing = "";
  const char* failed = "";
};

constexpr Names kNames[] = {
    {Step::kStart, "Start", "Started", "Starting", "StartFailed"},
    {Step::kCheck, "Check", "Checked", "Checking", "CheckFailed"},
    {Step::kExpand, "Expand", "Expanded", "Expanding", "MigrationFailed"},
    {Step::kRecheck, "Recheck", "Rechecked", "Rechecking", "CheckFailed"},
    {Step::kApprove, "Approve", "Approved", "Approving", "NotApproved"},
    {Step::kSwitch, "Switch", "Switched", "Switching", "SwitchFailed"},
    {Step::kRoute, "Route", "Routed", "Routing", "RouteFailed"},
    {Step::kVerify, "Verify", "Verified", "Verifying", "VerifyFailed"},
    {Step::kDrain, "Drain", "Drained", "Draining", "DrainFailed"},
    {Step::kStopOld, "StopOld", "OldStopped", "StoppingOld", "StopFailed"},
    {Step::kContract, "Contract", "Contracted", "Contracting", "ContractFailed"},
    {Step::kSwitchBack, "SwitchBack", "", "GoingBack", ""},
    {Step::kRouteBack, "RouteBack", "", "GoingBack", ""},
    {Step::kDrainBack, "DrainBack", "", "GoingBack", ""},
    {Step::kStopNew, "StopNew", "", "GoingBack", ""},
    {Step::kDone, "Done", "", "UpToDate", ""},
    {Step::kFailed, "Failed", "", "Failed", ""},
};

const Names& names(Step step) { return kNames[static_cast<std::size_t>(step)]; }

}  // namespace

std::string word(Step step) { return names(step).word; }
std::string condition_type(Step step) { return names(step).condition; }
std::string doing(Step step) { return names(step).doing; }
std::string failed_reason(Step step) { return names(step).failed; }

std::optional<Step> parse_step(const std::string& text) {
  for (const Names& each : kNames) {
    if (text == each.word) return each.step;
  }
  return std::nullopt;
}

std::string snake(Step step) {
  std::string out;
  for (const char letter : word(step)) {
    if (std::isupper(static_cast<unsigned char>(letter)) && !out.empty()) out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  }
  return out;
}

const std::vector<Step>& steps_forward(bool has_old) {
  static const std::vector<Step> with_old = {Step::kStart,   Step::kCheck,   Step::kExpand,  Step::kRecheck,
                                             Step::kApprove, Step::kSwitch,  Step::kRoute,   Step::kVerify,
                                             Step::kDrain,   Step::kStopOld, Step::kContract};
  static const std::vector<Step> first = {Step::kExpand, Step::kStart,  Step::kCheck,   Step::kApprove, Step::kSwitch,
                                          Step::kRoute,  Step::kVerify, Step::kStopOld, Step::kContract};
  return has_old ? with_old : first;
}

Step next(Step step, bool has_old) {
  if (is_back(step)) return step == Step::kStopNew ? Step::kFailed : static_cast<Step>(static_cast<int>(step) + 1);
  const std::vector<Step>& all = steps_forward(has_old);
  const auto found = std::find(all.begin(), all.end(), step);
  return found == all.end() || found + 1 == all.end() ? Step::kDone : *(found + 1);
}

bool is_before(Step step, Step other_step, bool has_old) {
  const std::vector<Step>& all = steps_forward(has_old);
  const auto place = [&](Step each) { return std::find(all.begin(), all.end(), each); };
  return !is_back(step) && place(step) < place(other_step);
}

}  // namespace rollout
