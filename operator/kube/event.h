// operator/kube/event.h: what is told about an object, for `kubectl describe`.
#pragma once
#include <string>

#include "operator/kube/api.h"
#include "operator/kube/time.h"

namespace kube {

struct Event {
  bool warning = false;
  std::string reason = {};
  std::string note = {};   // at most 1,024 bytes
  std::string about = {};  // UID of what it is said about, once whatever the note; empty: of the object as it stands
  bool operator==(const Event&) const = default;
};

/// The text in at most `most` bytes (3 or more): where it is longer, whole UTF-8 letters of it and "…".
std::string cut(const std::string& text, std::size_t most);

/// What an event is about.
struct Regarding {
  std::string api_version = {}, kind = {};
  ObjectName name = {};
  std::string uid = {};
};

/// An events.k8s.io/v1 Event. Its name follows from `place`, then `about` and the reason, or `key` (where the object
/// stands), the reason and the note: saying it twice is saying it once (operator-protocol, Runtime 1). `kubectl
/// describe` sorts by a field that such events don't have, so it shows them in the order of their names: that of
/// `place`, of a-z, 0-9 and "-"; empty: in any order.
Object render_event(const Regarding&, const std::string& place, const std::string& key, const Event&, Time);

}  // namespace kube
