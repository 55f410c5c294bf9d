// operator/kube/read_json.h: the API server's answers, parsed by nlohmann while managedFields are passed over, and
// what is nested so deeply that only malice made it reads as null.
#pragma once
#include <optional>
#include <string>

#include "operator/kube/api.h"

namespace kube {

/// None: not JSON.
[[nodiscard]] std::optional<Object> read_object(const std::string& text);

/// A list; its items, which come without, are given apiVersion and kind. None: not JSON.
[[nodiscard]] std::optional<List> read_list(const std::string& text, const ResourceType&);

/// One line of a watch: an event, or what an ERROR says.
struct WatchLine {
  std::optional<WatchEvent> event = {};
  int error_code = 0;  // 503: the line was cut off or unreadable
  std::string error_message = {};
};
WatchLine read_watch_line(const std::string& line, const ResourceType&);

/// The message of a Status object, or the text itself where it is none (proxies), cut to 500 bytes.
std::string status_message(const std::string& body);

}  // namespace kube
