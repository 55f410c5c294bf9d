#include "common/spec/requires.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace spec {
namespace {

constexpr std::size_t kLongestId = 255;
constexpr std::size_t kLongestAnnotation = 4096;

/// What is wrong with one entry; caught in parse_requires().
struct Wrong {
  std::string what = {};
};

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

bool is_name_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; }

std::string checked_name(const std::string& name) {
  const bool is_good = !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), is_name_character);
  if (!is_good || name.front() == '-' || name.back() == '-') throw Wrong{"\"" + name + "\" is no resource's name"};
  return name;
}

std::string checked_id(const std::string& id) {
  if (id.empty()) throw Wrong{"a revision is missing"};
  if (id.size() > kLongestId) throw Wrong{"a revision is longer than 255 characters"};
  if (id == "head" || id == "heads" || id == "base") throw Wrong{"\"" + id + "\" is no revision: write its id"};
  if (id.find_first_of("<>= \t\n/@") != std::string::npos) throw Wrong{"\"" + id + "\" is no revision"};
  return id;
}

/// `text` begins with a bound.
void read_bound(const std::string& text, Requirement& entry) {
  const bool is_lower = text.starts_with(">=");
  if (!is_lower && (!text.starts_with("<") || text.starts_with("<="))) throw Wrong{"only >= and < are known"};
  std::string& bound = is_lower ? entry.at_least : entry.before;
  if (!bound.empty()) throw Wrong{std::string("two bounds with ") + (is_lower ? ">=" : "<")};
  bound = checked_id(trimmed(text.substr(is_lower ? 2 : 1)));
}

Requirement read_entry(const std::string& text) {
  const auto first = text.find_first_of("<>=");
  if (first == std::string::npos) throw Wrong{"needs >= REVISION or < REVISION"};
  Requirement entry;
  std::string name = trimmed(text.substr(0, first));
  if (const auto slash = name.find('/'); slash != std::string::npos) {
    entry.namespace_name = checked_name(name.substr(0, slash));
    name = name.substr(slash + 1);
  }
  entry.name = checked_name(name);
  const std::string bounds = text.substr(first);
  const auto second = bounds.find_first_of("<>", bounds.starts_with(">=") ? 2 : 1);
  read_bound(bounds.substr(0, second), entry);
  if (second != std::string::npos) read_bound(bounds.substr(second), entry);
  return entry;
}

}  // namespace

Requirements parse_requires(const std::string& annotation) {
  if (trimmed(annotation).empty()) return {.problem = "it is empty"};
  if (annotation.size() > kLongestAnnotation) return {.problem = "it is longer than 4,096 characters"};
  Requirements read;
  std::istringstream list(annotation + ",");  // so that a last, empty entry is seen
  for (std::string each; std::getline(list, each, ',');) {
    const std::string text = trimmed(each);
    try {
      if (text.empty()) throw Wrong{"an entry is empty"};
      const Requirement entry = read_entry(text);
      const auto same = [&](const Requirement& other) {
        return other.name == entry.name && other.namespace_name == entry.namespace_name;
      };
      if (std::any_of(read.entries.begin(), read.entries.end(), same)) throw Wrong{entry.name + " is named twice"};
      read.entries.push_back(entry);
    } catch (const Wrong& wrong) {
      return {.problem = "\"" + text.substr(0, kLongestId) + "\": " + wrong.what};
    }
  }
  return read;
}

std::string to_text(const Requirement& entry) {
  std::string text = entry.namespace_name.empty() ? entry.name : entry.namespace_name + "/" + entry.name;
  if (!entry.at_least.empty()) text += ">=" + entry.at_least;
  if (!entry.before.empty()) text += (entry.at_least.empty() ? "<" : " <") + entry.before;
  return text;
}

}  // namespace spec
