#include "common/spec/object.h"

#include <algorithm>
#include <cctype>
#include <iterator>

namespace spec {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

void drop_nulls(nlohmann::json& value) {
  if (value.is_object()) {
    for (auto each = value.begin(); each != value.end();) each = each->is_null() ? value.erase(each) : std::next(each);
  }
  if (value.is_structured()) {
    for (nlohmann::json& each : value) drop_nulls(each);
  }
}

bool is_plain_word(const std::string& name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

}  // namespace

std::string child_path(const std::string& parent, const std::string& name) {
  if (!is_plain_word(name))
    return parent + "[" + nlohmann::json(name).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "]";
  return parent.empty() ? name : parent + "." + name;
}

std::string nearest(const std::string& word, const std::set<std::string>& known) {
  if (word.size() > 64) return {};
  std::string best;
  std::size_t least = word.size() <= 4 ? 2 : 3;  // exclusive: a short word has less room for a slip
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(lower(word), lower(candidate));
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

Object::Object(const nlohmann::json& value, std::string path, std::vector<Problem>& problems)
    : value_(value), path_(std::move(path)), problems_(problems) {
  if (value_.is_object()) return;
  problem("must be an object with fields");
  value_ = nlohmann::json::object();
}

const nlohmann::json* Object::find(const char* key) {
  known_.insert(key);
  const auto found = value_.find(key);
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

bool Object::has(const char* key) const {
  const auto found = value_.find(key);
  return found != value_.end() && !found->is_null();
}

bool Object::is_text(const char* key) const { return has(key) && value_[key].is_string(); }

void Object::ignore(const char* key) { known_.insert(key); }

void Object::text(const char* key, std::string& out) {
  const nlohmann::json* found = find(key);
  if (!found) return;
  if (found->is_string()) {
    out = found->get<std::string>();
  } else if (found->is_primitive()) {
    problem(key, "must be text: put the value in quotes");
  } else {
    problem(key, "must be text");
  }
}

void Object::flag(const char* key, bool& out) {
  const nlohmann::json* found = find(key);
  if (!found) return;
  if (!found->is_boolean()) return problem(key, "must be true or false");
  out = found->get<bool>();
}

void Object::integer(const char* key, int& out, int least, int most) {
  const nlohmann::json* found = find(key);
  if (!found) return;
  const std::string range = std::to_string(least) + " to " + std::to_string(most);
  if (!found->is_number_integer()) return problem(key, "must be a whole number from " + range);
  // An unsigned value beyond int64 would turn negative.
  const bool huge = found->is_number_unsigned() && found->get<std::uint64_t>() > static_cast<std::uint64_t>(most);
  if (huge || found->get<std::int64_t>() < least || found->get<std::int64_t>() > most) {
    return problem(key, "must be from " + range);
  }
  out = found->get<int>();
}

void Object::duration(const char* key, std::chrono::milliseconds& out) {
  std::string written;
  text(key, written);
  if (!is_text(key)) return;
  const std::optional<std::chrono::milliseconds> parsed = parse_duration(written);
  if (!parsed) return problem(key, "must be a duration such as 250ms, 5s, 10m or 1h30m");
  out = *parsed;
}

void Object::texts(const char* key, std::vector<std::string>& out) {
  const nlohmann::json* found = find(key);
  if (!found) return;
  if (!found->is_array()) return problem(key, "must be a list of texts");
  for (std::size_t i = 0; i < found->size(); ++i) {
    const nlohmann::json& each = (*found)[i];
    if (each.is_string()) {
      out.push_back(each.get<std::string>());
    } else {
      problem(std::string(key) + "[" + std::to_string(i) + "]", "must be text");
    }
  }
}

void Object::text_map(const char* key, std::map<std::string, std::string>& out) {
  const nlohmann::json* found = find(key);
  if (!found) return;
  if (!found->is_object()) return problem(key, "must map names to texts");
  for (const auto& [name, each] : found->items()) {
    if (each.is_string()) {
      out[name] = each.get<std::string>();
    } else {
      problems_.push_back({child_path(child_path(path_, key), name), "must be text"});
    }
  }
}

void Object::any_object(const char* key, std::optional<nlohmann::json>& out) {
  const nlohmann::json* found = find(key);
  if (!found) return;
  if (!found->is_object()) return problem(key, "must be an object with fields");
  out = *found;
  drop_nulls(*out);
}

void Object::child(const char* key, const std::function<void(Object&)>& read) {
  const nlohmann::json* found = find(key);
  if (!found) return;
  Object object(*found, child_path(path_, key), problems_);
  read(object);
  object.finish();
}

void Object::children(const char* key, const std::function<void(Object&)>& read) {
  const nlohmann::json* found = find(key);
  if (!found) return;
  if (!found->is_array()) return problem(key, "must be a list");
  for (std::size_t i = 0; i < found->size(); ++i) {
    Object object((*found)[i], child_path(path_, key) + "[" + std::to_string(i) + "]", problems_);
    read(object);
    object.finish();
  }
}

void Object::require(const char* key, const char* why) {
  if (!has(key) || (is_text(key) && value_[key].get_ref<const std::string&>().empty())) problem(key, why);
}

void Object::exactly_one(const std::vector<const char*>& keys) {
  std::string all;
  std::string present;
  int count = 0;
  for (const char* key : keys) {
    all += (all.empty() ? "" : ", ") + std::string(key);
    if (!has(key)) continue;
    ++count;
    present += (present.empty() ? "" : ", ") + std::string(key);
  }
  if (count == 1) return;
  problem("needs exactly one of " + all + (count == 0 ? "" : "; has " + present));
}

void Object::problem(const std::string& key, const std::string& message) {
  problems_.push_back({path_.empty() ? key : path_ + "." + key, message});
}

void Object::problem(const std::string& message) { problems_.push_back({path_, message}); }

void Object::finish() {
  for (const auto& [name, value] : value_.items()) {
    if (known_.count(name) != 0) continue;
    const std::string meant = nearest(name, known_);
    problems_.push_back(
        {child_path(path_, name), "is not a known field" + (meant.empty() ? "" : "; did you mean " + meant + "?")});
  }
}

}  // namespace spec
