#include "operator/runtime/tell_of_bug.h"

#include "operator/kube/event.h"

namespace runtime {

void tell_of_bug(kube::Api& api, const kube::ResourceType& type, const kube::ObjectName& name, kube::Time now) {
  const std::optional<kube::Object> about = api.get(type, name);
  if (!about) return;
  const kube::Regarding regarding{type.api_version(), type.kind, name, kube::text_at(*about, "/metadata/uid")};
  const kube::Event event{
      .warning = true,
      .reason = "InternalError",
      .note =
          "a bug of the operator: it can't work on this resource as it stands; it tries again, and its log says why"};
  const std::string generation = kube::value_at(*about, "/metadata/generation").dump();
  // There already: it was told.
  static_cast<void>(api.create(kube::types::event(), kube::render_event(regarding, "", generation, event, now)));
}

}  // namespace runtime
