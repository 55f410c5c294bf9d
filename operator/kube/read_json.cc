#include "operator/kube/read_json.h"

namespace kube {
namespace {

/// Parses without building metadata.managedFields, often the greater part. `depth`: of the key "managedFields".
std::optional<Object> parse(const std::string& text, int depth) {
  const auto keep = [depth](int at, Object::parse_event_t event, Object& value) {
    if (event != Object::parse_event_t::key || at != depth) return true;
    return value != "managedFields";
  };
  Object object = Object::parse(text, keep, false);
  if (!object.is_object()) return std::nullopt;
  return object;
}

void name_type(Object& object, const ResourceType& type) {
  object["apiVersion"] = type.api_version();
  object["kind"] = type.kind;
}

std::optional<EventType> event_type(const std::string& text) {
  if (text == "ADDED") return EventType::kAdded;
  if (text == "MODIFIED") return EventType::kModified;
  if (text == "DELETED") return EventType::kDeleted;
  if (text == "BOOKMARK") return EventType::kBookmark;
  return std::nullopt;
}

}  // namespace

std::optional<Object> read_object(const std::string& text) { return parse(text, 2); }

std::optional<List> read_list(const std::string& text, const ResourceType& type) {
  std::optional<Object> body = parse(text, 4);
  if (!body) return std::nullopt;
  List list;
  list.resource_version = text_at(*body, "/metadata/resourceVersion");
  list.continue_token = text_at(*body, "/metadata/continue");
  Object& items = (*body)["items"];
  for (Object& item : items) {
    name_type(item, type);
    list.items.push_back(std::move(item));
  }
  return list;
}

WatchLine read_watch_line(const std::string& line, const ResourceType& type) {
  std::optional<Object> body = parse(line, 3);
  if (!body) return {{}, 503, "a line of the watch was cut off"};
  const std::string word = text_at(*body, "/type");
  if (const std::optional<EventType> known = event_type(word)) {
    WatchEvent event{*known, std::move((*body)["object"])};
    name_type(event.object, type);
    return {std::move(event), 0, {}};
  }
  const Object& code = value_at(*body, "/object/code");
  return {{}, code.is_number_integer() ? code.get<int>() : 503, text_at(*body, "/object/message")};
}

std::string status_message(const std::string& body) {
  const Object object = Object::parse(body, nullptr, false);
  const std::string message = text_at(object, "/message");
  return (message.empty() ? body : message).substr(0, 500);
}

}  // namespace kube
