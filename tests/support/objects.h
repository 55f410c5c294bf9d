// tests/support/objects.h: objects that a test wrote, brought to an API server as kubectl would. Each kubectl costs a
// fifth of a second of processor.
#pragma once
#include <string>

#include "operator/kube/api.h"

namespace support {

/// What kind it is; the plurals of all kinds in our tests are regular.
kube::ResourceType type_of(const kube::Object&);
/// Creates it or makes it so: kubectl apply --server-side --force-conflicts. Errors: std::runtime_error, the Api's.
void apply(kube::Api&, const kube::Object&);
/// All documents of a YAML text; CustomResourceDefinitions are waited for.
void apply_all(kube::Api&, const std::string& yaml_text);

}  // namespace support
