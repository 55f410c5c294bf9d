// operator/reconcile/pods.h: what the pods and the Job of an attempt say.
#pragma once
#include <vector>

#include "operator/kube/api.h"
#include "operator/reconcile/observed.h"

namespace reconcile {

/// From the pods that Job `job_uid` controls; others are passed over, whatever their labels say (operator-protocol,
/// Trust 4).
PodReport read_pods(const std::vector<kube::Object>& pods, const std::string& job_uid);

/// A Job as the API has it, without its pods.
ObservedJob read_job(const kube::Object& job);

/// The object's controller is the one with this UID.
bool is_controlled_by(const kube::Object&, const std::string& uid);

}  // namespace reconcile
