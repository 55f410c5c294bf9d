// operator/kube/status_patch.h: writing the status of an object by what changed of it.
#pragma once
#include <string>

#include "operator/kube/api.h"

namespace kube {

/// The JSON merge patch (RFC 7386) that makes `to` of `from`: absent members are null in it, lists stand whole. `to`
/// holds no null. What `from` isn't an object of counts as empty.
Object merge_patch_between(const Object& from, const Object& to);

/// Writes `status` over `stored`, what the server has of it as of `resource_version`. kConflict: it has moved on
/// (operator-protocol, Status 4). A patch of the difference costs the server less than server-side apply, which
/// compares the sets of fields of every manager.
Written patch_status(Api&, const ResourceType&, const ObjectName&, const std::string& resource_version,
                     const Object& stored, const Object& status);

}  // namespace kube
