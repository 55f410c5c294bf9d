#include "operator/kube/selector.h"

#include <algorithm>

namespace kube {
namespace {

std::string joined(const Object& values) {
  std::string text;
  for (const Object& each : values) text += (text.empty() ? "" : ",") + each.get<std::string>();
  return text;
}

std::string expression_text(const Object& expression) {
  const std::string key = text_at(expression, "/key");
  const std::string verb = text_at(expression, "/operator");
  if (verb == "Exists") return key;
  if (verb == "DoesNotExist") return "!" + key;
  return key + (verb == "In" ? " in (" : " notin (") + joined(value_at(expression, "/values")) + ")";
}

bool meets(const Object& expression, const Object& labels) {
  const std::string verb = text_at(expression, "/operator");
  const auto found = labels.find(text_at(expression, "/key"));
  const bool has = found != labels.end();
  if (verb == "Exists") return has;
  if (verb == "DoesNotExist") return !has;
  const Object& values = value_at(expression, "/values");
  const bool is_one = has && std::find(values.begin(), values.end(), *found) != values.end();
  return verb == "In" ? is_one : !is_one;
}

}  // namespace

std::string selector_text(const Object& selector) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ",") + part; };
  for (const auto& [key, value] : value_at(selector, "/matchLabels").items()) add(key + "=" + value.get<std::string>());
  for (const Object& each : value_at(selector, "/matchExpressions")) add(expression_text(each));
  return text;
}

bool selects(const Object& selector, const Object& labels) {
  const Object all = labels.is_object() ? labels : Object::object();
  for (const auto& [key, value] : value_at(selector, "/matchLabels").items()) {
    const auto found = all.find(key);
    if (found == all.end() || *found != value) return false;
  }
  const Object& expressions = value_at(selector, "/matchExpressions");
  return std::all_of(expressions.begin(), expressions.end(), [&](const Object& each) { return meets(each, all); });
}

}  // namespace kube
