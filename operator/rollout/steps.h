// operator/rollout/steps.h: the steps of a sequence, in order, and what people call them.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace rollout {

/// What a failure of each leads to stands behind it.
enum class Step {
  kStart,       // the new colour has the old one's count and all of it is available → kStopNew
  kCheck,       // its checks pass → kStopNew
  kExpand,      // the migration may expand, and is Ready → kStopNew
  kRecheck,     // the checks again → kStopNew
  kApprove,     // a person agrees → kStopNew
  kSwitch,      // the Service selects the new colour → kStopNew, or kSwitchBack where it may have been switched
  kRoute,       // EndpointSlices hold only the new colour → kSwitchBack
  kVerify,      // for a while → kSwitchBack
  kDrain,       // the old colour ends what it has → kSwitchBack
  kStopOld,     // scaled to 0, and its pods gone: from here on no way back
  kContract,    // the migration may contract, and has
  kSwitchBack,  // the Service selects the old colour
  kRouteBack,   // EndpointSlices hold only the old colour
  kDrainBack,   // the new colour ends what it has
  kStopNew,     // scaled to 0 → kFailed
  kDone,        // nothing is under way
  kFailed,      // nothing is under way
};

/// "Start", "StopOld"; as in status.sequence.step.
std::string word(Step);
/// None: no such step.
std::optional<Step> parse_step(const std::string&);
/// "stop_old": in names of failpoints.
std::string snake(Step);

/// The type of its condition: "Started", "OldStopped". Empty: it has none (steps back, kDone, kFailed).
std::string condition_type(Step);
/// The reason of Ready and Reconciling while it is under way: "Starting", "GoingBack".
std::string doing(Step);
/// The reason of Stalled after it failed: "StartFailed".
std::string failed_reason(Step);

inline bool is_over(Step step) { return step == Step::kDone || step == Step::kFailed; }
inline bool is_back(Step step) { return step >= Step::kSwitchBack && step <= Step::kStopNew; }

/// The steps forward in order. Without an old colour there is no old code to keep healthy, and no schema that the new
/// one could start on: the expand phase comes first.
const std::vector<Step>& steps_forward(bool has_old);
/// The step after this one; kDone after the last.
Step next(Step, bool has_old);

/// Whether it comes before the other on the way forward; steps back never do.
bool is_before(Step, Step other, bool has_old);

}  // namespace rollout
