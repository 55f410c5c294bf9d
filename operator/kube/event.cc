#include "operator/kube/event.h"

#include <unistd.h>

#include <string_view>

#include "common/report/digest.h"
#include "common/report/names.h"

namespace kube {
namespace {

constexpr std::string_view kEllipsis = "…";

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "sluice-operator";
}

}  // namespace

std::string cut(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t length = most - kEllipsis.size();
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length).append(kEllipsis);
}

Object render_event(const Regarding& about, const std::string& place, const std::string& key, const Event& event,
                    Time time) {
  std::string micro = format_time(time);
  micro.insert(micro.size() - 1, ".000000");
  const std::string said =
      event.about.empty() ? key + "/" + event.reason + "/" + event.note : event.about + "/" + event.reason;
  const std::string digest = report::sha256_hex(about.uid + "/" + said).substr(0, 16);
  return {{"apiVersion", "events.k8s.io/v1"},
          {"kind", "Event"},
          {"metadata",
           {{"name", about.name.name + "." + (place.empty() ? "" : place + ".") + digest},
            {"namespace", about.name.namespace_name}}},
          {"eventTime", micro},
          {"reportingController", std::string(report::names::kGroup) + "/operator"},
          {"reportingInstance", host_name().substr(0, 128)},
          {"action", "Reconcile"},
          {"reason", event.reason},
          {"note", event.note},
          {"type", event.warning ? "Warning" : "Normal"},
          {"regarding",
           {{"apiVersion", about.api_version},
            {"kind", about.kind},
            {"name", about.name.name},
            {"namespace", about.name.namespace_name},
            {"uid", about.uid}}}};
}

}  // namespace kube
