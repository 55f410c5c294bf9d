// operator/rollout/check_job.h: the Job that runs a step's checks. The operator itself makes no call to users' pods.
#pragma once
#include <nlohmann/json.hpp>

#include "operator/reconcile/job.h"
#include "operator/rollout/observed.h"

namespace rollout {

/// Pods asked one by one at most; the first in the order of names.
inline constexpr std::size_t kMostPods = 20;

/// The checks of this step as `sluice check` reads them: a check of pods becomes one for each ready pod.
nlohmann::json expand_checks(const std::vector<Check>&, const std::vector<Pod>&);

/// Pure. The Job of status.sequence.job, for the step that `sequence` stands at: the migrator's image, no token, no
/// secret, the security standard "restricted".
nlohmann::json render_check_job(const Observed&, const Sequence&, const reconcile::JobOptions&);

}  // namespace rollout
