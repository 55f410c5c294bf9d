#include "operator/kube/fields.h"

namespace kube {
namespace {

using Json = nlohmann::json;

const Json& object_or_empty(const Json& json) {
  static const Json kEmpty = Json::object();
  return json.is_object() ? json : kEmpty;
}

}  // namespace

void put(Json& json, const char* key, const std::string& text) {
  if (!text.empty()) json[key] = text;
}
void put(Json& json, const char* key, const std::optional<Time>& time) {
  if (time) json[key] = format_time(*time);
}
void put(Json& json, const char* key, std::int64_t number) {
  if (number != 0) json[key] = number;
}
void put_flag(Json& json, const char* key, bool flag) {
  if (flag) json[key] = true;
}

Fields::Fields(const Json& json) : json_(object_or_empty(json)) {}

void Fields::get(const char* key, std::string& out) const {
  if (at(key).is_string()) out = at(key).get<std::string>();
}
void Fields::get(const char* key, bool& out) const {
  if (at(key).is_boolean()) out = at(key).get<bool>();
}
void Fields::get(const char* key, int& out) const {
  if (at(key).is_number_integer()) out = at(key).get<int>();
}
void Fields::get(const char* key, std::int64_t& out) const {
  if (at(key).is_number_integer()) out = at(key).get<std::int64_t>();
}
void Fields::get(const char* key, std::optional<bool>& out) const {
  if (at(key).is_boolean()) out = at(key).get<bool>();
}
void Fields::get(const char* key, std::optional<int>& out) const {
  if (at(key).is_number_integer()) out = at(key).get<int>();
}
void Fields::get(const char* key, std::optional<Time>& out) const {
  std::string text;
  get(key, text);
  if (const std::optional<Time> time = parse_time(text)) out = time;
}
void Fields::get(const char* key, std::vector<std::string>& out) const {
  for (const Json& each : at(key)) {
    if (each.is_string()) out.push_back(each.get<std::string>());
  }
}

const Json& Fields::at(const char* key) const {
  static const Json kNothing;
  const auto found = json_.find(key);
  return found == json_.end() ? kNothing : *found;
}

}  // namespace kube
