// operator/reconcile/dependencies.h: what spec.dependsOn waits for.
#pragma once
#include <vector>

#include "operator/reconcile/observed.h"
#include "operator/runtime/caches.h"

namespace reconcile {

/// One entry a dependency, in the order of the spec. A dependency in another namespace needs the annotation
/// sluice.dev/grant there, naming ours (operator-protocol, Trust 4). Ready counts only for the current generation.
std::vector<ObservedDependency> read_dependencies_of(const runtime::Caches&, const kube::ObjectName& dependent,
                                                     const std::vector<spec::Dependency>&);

}  // namespace reconcile
