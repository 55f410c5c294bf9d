#include "operator/kube/read_json.h"

#include <algorithm>
#include <string_view>

#include "operator/kube/event.h"

namespace kube {
namespace {

constexpr const char* kBlanks = " \t\r\n";
/// What a copy, a dump or a comparison of an object goes down on the stack: none of Kubernetes' own is half as deep.
constexpr int kDeepest = 100;

/// Behind the string that begins at `at`.
std::size_t after_string(const std::string& text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// Behind the list that begins at `at`.
std::size_t after_list(const std::string& text, std::size_t at) {
  for (int open = 0; at < text.size();) {
    const char letter = text[at];
    at = letter == '"' ? after_string(text, at) : at + 1;
    if (letter == '{' || letter == '[') ++open;
    if ((letter == '}' || letter == ']') && --open == 0) break;
  }
  return at;
}

std::size_t after_blanks(const std::string& text, std::size_t at) {
  return std::min(text.find_first_not_of(kBlanks, at), text.size());
}

/// Where the list begins that is the value of the key which ends at `at`; none: it's no key, or its value is no list.
std::optional<std::size_t> list_of_key(const std::string& text, std::size_t at) {
  const std::size_t colon = after_blanks(text, at);
  if (colon == text.size() || text[colon] != ':') return std::nullopt;
  const std::size_t value = after_blanks(text, colon + 1);
  if (value == text.size() || text[value] != '[') return std::nullopt;
  return value;
}

/// Without the lists under the key managedFields in objects of this depth (1: the outermost), and with null for what
/// lies too deep. Whatever else the text is, valid or not, it stays.
std::string without_ballast(const std::string& text, int depth) {
  static constexpr std::string_view kKey = "\"managedFields\"";
  std::string kept;
  std::size_t copied = 0;
  int open = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char letter = text[at];
    const bool opens = letter == '{' || letter == '[';
    if (opens && open == kDeepest) {
      kept.append(text, copied, at - copied).append("null");
      at = copied = after_list(text, at);
      continue;
    }
    if (opens) ++open;
    if (letter == '}' || letter == ']') --open;
    const std::size_t end = letter == '"' ? after_string(text, at) : at + 1;
    const bool is_named_so = open == depth && letter == '"' && text.compare(at, end - at, kKey) == 0;
    const std::optional<std::size_t> list = is_named_so ? list_of_key(text, end) : std::nullopt;
    if (list) {
      kept.append(text, copied, at - copied);
      copied = after_blanks(text, after_list(text, *list));
      // One of the two commas around it goes with it.
      if (copied < text.size() && text[copied] == ',') {
        ++copied;
      } else if (const std::size_t last = kept.find_last_not_of(kBlanks);
                 last != std::string::npos && kept[last] == ',') {
        kept.erase(last);
      }
    }
    at = list ? copied : end;
  }
  return copied == 0 ? text : kept.append(text, copied);
}

/// That, often the greater part, goes before anything is built of them.
std::optional<Object> parse(const std::string& text, int depth) {
  Object object = Object::parse(without_ballast(text, depth), nullptr, false);
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
  return cut(message.empty() ? body : message, 500);
}

}  // namespace kube
