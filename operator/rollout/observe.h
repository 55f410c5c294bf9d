// operator/rollout/observe.h: takes the snapshot that decide() works on.
#pragma once
#include <optional>

#include "common/clock.h"
#include "operator/kube/api.h"
#include "operator/rollout/observed.h"

namespace rollout {

/// None: there is no such resource. Everything is asked of the API server itself: what is switched, scaled down or
/// contracted on the word of an old cache can't be undone. Throws what Api throws.
std::optional<Observed> observe(kube::Api&, const Clock&, const kube::ObjectName&);

/// Hash of spec.template of a Deployment.
std::string template_hash(const kube::Object& deployment);

}  // namespace rollout
