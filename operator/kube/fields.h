// operator/kube/fields.h: the fields of a status, written by us and read back from whoever wrote them last.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operator/kube/time.h"

namespace kube {

/// An empty field is left out.
void put(nlohmann::json&, const char* key, const std::string& text);
void put(nlohmann::json&, const char* key, const std::optional<Time>&);
void put(nlohmann::json&, const char* key, std::int64_t number);
void put_flag(nlohmann::json&, const char* key, bool flag);

/// Reads fields of one object, which must outlive this; a missing or foreign one leaves the value as it is.
class Fields {
 public:
  explicit Fields(const nlohmann::json&);

  void get(const char* key, std::string&) const;
  void get(const char* key, bool&) const;
  void get(const char* key, int&) const;
  void get(const char* key, std::int64_t&) const;
  void get(const char* key, std::optional<bool>&) const;
  void get(const char* key, std::optional<int>&) const;
  void get(const char* key, std::optional<Time>&) const;
  void get(const char* key, std::vector<std::string>&) const;
  /// A word of the table.
  template <typename E, std::size_t N>
  void get(const char* key, E& out, const std::pair<E, const char*> (&table)[N]) const {
    std::string text;
    get(key, text);
    for (const auto& [value, name] : table) {
      if (text == name) out = value;
    }
  }
  /// null: absent.
  const nlohmann::json& at(const char* key) const;

 private:
  const nlohmann::json& json_;
};

}  // namespace kube
