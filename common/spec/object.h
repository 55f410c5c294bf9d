// common/spec/object.h: reads the fields of one JSON object, and notes everything wrong with their path.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/spec/spec.h"

namespace spec {

/// "spec.a" + "b" = "spec.a.b"; names that aren't plain words stand in brackets: spec.files["001.sql"].
std::string child_path(const std::string& parent, const std::string& name);

/// The name in `known` that `word` most likely means; empty: none is near.
std::string nearest(const std::string& word, const std::set<std::string>& known);

/// One JSON object being read. Each reader leaves `out` as it is when the field is absent or null, and notes a Problem
/// when it has the wrong type or value. finish() notes the fields nobody asked for.
class Object {
 public:
  /// Notes a problem when `value` isn't an object; it then reads as an empty one.
  Object(const nlohmann::json& value, std::string path, std::vector<Problem>& problems);

  bool has(const char* key) const;
  void text(const char* key, std::string& out);
  void flag(const char* key, bool& out);
  void integer(const char* key, int& out, int least, int most);
  void duration(const char* key, std::chrono::milliseconds& out);
  void texts(const char* key, std::vector<std::string>& out);
  void text_map(const char* key, std::map<std::string, std::string>& out);
  /// Whatever it holds, but without fields that are null, at any depth: nobody needs to tell them from absent ones.
  void any_object(const char* key, std::optional<nlohmann::json>& out);
  void child(const char* key, const std::function<void(Object&)>& read);
  /// Calls `read` for each object of a list.
  void children(const char* key, const std::function<void(Object&)>& read);
  /// Takes `key` as known whatever it holds.
  void ignore(const char* key);

  template <typename E, std::size_t N>
  void choice(const char* key, E& out, const std::pair<E, std::string_view> (&table)[N]) {
    std::string word;
    std::string all;
    text(key, word);
    for (const auto& [value, name] : table) {
      if (word == name) out = value;
      if (word == name) return;
      all += (all.empty() ? "" : ", ") + std::string(name);
    }
    if (is_text(key)) problem(key, "must be one of " + all);
  }

  void require(const char* key, const char* why);
  /// Exactly one of `keys` must be there.
  void exactly_one(const std::vector<const char*>& keys);
  void problem(const std::string& key, const std::string& message);
  void problem(const std::string& message);
  void finish();

  const std::string& path() const { return path_; }
  std::vector<Problem>& problems() { return problems_; }

 private:
  const nlohmann::json* find(const char* key);
  bool is_text(const char* key) const;

  nlohmann::json value_;
  std::string path_;
  std::vector<Problem>& problems_;
  std::set<std::string> known_;
};

}  // namespace spec
