#include "operator/kube/event.h"

#include <unistd.h>

#include <algorithm>

#include "common/report/digest.h"
#include "common/report/names.h"

namespace kube {
namespace {

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "sluice-operator";
}

}  // namespace

std::string cut(const std::string& text, std::size_t most) {
  std::size_t length = std::min(text.size(), most);
  while (length > 0 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

Object render_event(const Regarding& about, const std::string& place, const std::string& key, const Event& event,
                    const std::string& time) {
  std::string micro = time;
  micro.insert(micro.size() - 1, ".000000");
  const std::string digest = report::sha256_hex(about.uid + "/" + key + "/" + event.reason + "/" + event.note);
  return {{"apiVersion", "events.k8s.io/v1"},
          {"kind", "Event"},
          {"metadata",
           {{"name", about.name.name + "." + place + "." + digest.substr(0, 16)},
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
