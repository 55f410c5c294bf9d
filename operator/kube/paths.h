// operator/kube/paths.h: where objects live in the API.
#pragma once
#include <string>

#include "operator/kube/api.h"

namespace kube {

/// "/apis/batch/v1/namespaces/NAMESPACE/jobs"; without the namespace where it is empty or the type has none.
std::string collection_path(const ResourceType&, const std::string& namespace_name);
/// collection_path + "/NAME".
std::string object_path(const ResourceType&, const ObjectName&);

}  // namespace kube
