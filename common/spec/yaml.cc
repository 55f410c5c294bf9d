// YAML to JSON, so that a file and the API server go through the same reader. The only file that names yaml-cpp.
#include "common/spec/yaml.h"

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <stdexcept>

#include "common/report/names.h"
#include "common/spec/object.h"
#include "common/spec/spec.h"

namespace spec {
namespace {

// Aliases make a small file large: ten levels of ten aliases are ten thousand million nodes.
constexpr int kMostNodes = 200000;
constexpr int kMostLevels = 64;

struct Conversion {
  std::vector<Problem>& problems;
  int nodes = 0;
};

bool is_integer(const std::string& text) {
  const std::size_t start = text.front() == '-' || text.front() == '+' ? 1 : 0;
  return text.size() > start && text.size() - start <= 18 &&
         text.find_first_not_of("0123456789", start) == std::string::npos;
}

bool is_real(const std::string& text) {
  if (text.find_first_not_of("0123456789+-.eE") != std::string::npos) return false;
  if (text.find_first_of("0123456789") == std::string::npos) return false;
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return end == text.c_str() + text.size();
}

/// YAML's core schema: what the API server would make of the same scalar.
nlohmann::json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") return text;
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (is_integer(text)) return std::strtoll(text.c_str(), nullptr, 10);
  if (is_real(text)) return std::strtod(text.c_str(), nullptr);
  return text;
}

nlohmann::json convert(const YAML::Node& node, const std::string& path, int level, Conversion& work);

nlohmann::json convert_map(const YAML::Node& node, const std::string& path, int level, Conversion& work) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      work.problems.push_back({path, "has a key that isn't text"});
      continue;
    }
    const std::string& key = entry.first.Scalar();
    const std::string below = child_path(path, key);
    if (object.contains(key)) work.problems.push_back({below, "stands here twice"});
    object[key] = convert(entry.second, below, level + 1, work);
  }
  return object;
}

nlohmann::json convert(const YAML::Node& node, const std::string& path, int level, Conversion& work) {
  if (++work.nodes > kMostNodes || level > kMostLevels) throw std::length_error("the document is too large or deep");
  if (node.IsMap()) return convert_map(node, path, level, work);
  if (node.IsScalar()) return scalar(node);
  if (!node.IsSequence()) return nullptr;
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t i = 0; i < node.size(); ++i) {
    list.push_back(convert(node[i], path + "[" + std::to_string(i) + "]", level + 1, work));
  }
  return list;
}

bool is_ours(const YAML::Node& document) {
  if (!document.IsMap()) return false;
  const YAML::Node kind = document["kind"];
  return kind && kind.IsScalar() && kind.Scalar() == report::names::kKind;
}

/// The one document to read among those of a file.
YAML::Node choose(const std::vector<YAML::Node>& documents, std::vector<Problem>& problems) {
  std::vector<YAML::Node> full;
  std::vector<YAML::Node> ours;
  for (const YAML::Node& each : documents) {
    if (!each.IsNull()) full.push_back(each);
    if (is_ours(each)) ours.push_back(each);
  }
  if (full.size() == 1) return full.front();
  if (ours.size() == 1) return ours.front();
  const std::string kind(report::names::kKind);
  problems.push_back({"", ours.empty() ? "holds no " + kind : "holds more than one " + kind});
  return {};
}

}  // namespace

nlohmann::json yaml_to_json(const std::string& text, std::vector<Problem>& problems) {
  try {
    const YAML::Node document = choose(YAML::LoadAll(text), problems);
    if (!problems.empty()) return nullptr;
    Conversion work{.problems = problems};
    return convert(document, "", 0, work);
  } catch (const YAML::Exception& error) {
    problems.push_back({"", "is not YAML: line " + std::to_string(error.mark.line + 1) + ", column " +
                                std::to_string(error.mark.column + 1) + ": " + error.msg});
  } catch (const std::length_error& error) {
    problems.push_back({"", error.what()});
  }
  return nullptr;
}

Parsed parse_yaml(const std::string& text) {
  Parsed parsed;
  std::vector<Problem> problems;
  const nlohmann::json json = yaml_to_json(text, problems);
  if (!json.is_null() || problems.empty()) parsed = parse_json(json);
  parsed.problems.insert(parsed.problems.begin(), problems.begin(), problems.end());
  return parsed;
}

}  // namespace spec
