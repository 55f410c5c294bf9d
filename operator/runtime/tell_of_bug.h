// operator/runtime/tell_of_bug.h: a resource that brought a bug of ours to light is told so.
#pragma once
#include "operator/kube/api.h"
#include "operator/kube/time.h"

namespace runtime {

/// An event `InternalError` of that resource, once a generation (events live an hour); none where it is gone.
/// Throws what Api throws.
void tell_of_bug(kube::Api&, const kube::ResourceType&, const kube::ObjectName&, kube::Time now);

}  // namespace runtime
