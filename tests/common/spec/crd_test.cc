// The CRD and common/spec say the same: every field of one is a field of the other.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "common/spec/spec.h"
#include "common/spec/yaml.h"
#include "tests/common/spec/documents.h"

namespace {

using nlohmann::json;

json load_crd() {
  std::ifstream file(SLUICE_CRD_FILE);
  std::stringstream text;
  text << file.rdbuf();
  std::vector<spec::Problem> problems;
  json crd = spec::yaml_to_json(text.str(), problems);
  EXPECT_EQ(spec::describe(problems), "");
  return crd;
}

json version() { return load_crd()["spec"]["versions"][0]; }

json schema_of(const std::string& part) { return version()["schema"]["openAPIV3Schema"]["properties"][part]; }

/// Paths of all fields below a schema; lists as "[]". What the schema takes as it is has no fields.
void collect_schema(const json& schema, const std::string& path, std::set<std::string>& out) {
  out.insert(path);
  if (schema.contains("x-kubernetes-preserve-unknown-fields")) return;
  if (schema.contains("items")) collect_schema(schema["items"], path + "[]", out);
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, each] : properties.items()) collect_schema(each, path + "." + name, out);
}

bool is_open(const std::set<std::string>& open, const std::string& path) { return open.count(path) != 0; }

/// Paths of all fields of a document, no deeper than what the schema takes as it is.
void collect_document(const json& document, const std::string& path, const std::set<std::string>& open,
                      std::set<std::string>& out) {
  out.insert(path);
  if (is_open(open, path)) return;
  if (document.is_array()) {
    for (const json& each : document) collect_document(each, path + "[]", open, out);
  } else if (document.is_object()) {
    for (const auto& [name, each] : document.items()) collect_document(each, path + "." + name, open, out);
  }
}

void collect_open(const json& schema, const std::string& path, std::set<std::string>& out) {
  if (schema.contains("additionalProperties") || schema.contains("x-kubernetes-preserve-unknown-fields")) {
    out.insert(path);
  }
  if (schema.contains("items")) collect_open(schema["items"], path + "[]", out);
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, each] : properties.items()) collect_open(each, path + "." + name, out);
}

/// Documents that together hold every field there is: as written back by common/spec, so nothing is there by accident.
std::vector<json> all_documents() {
  std::vector<json> documents = {documents::fullest(), documents::smallest()};
  std::vector<json> sources = documents::sources();
  for (const char* volume : {R"({"csi": {"driver": "d"}})", R"({"persistentVolumeClaim": {"claimName": "c"}})"}) {
    sources.push_back({{"volume", json::parse(volume)}});
  }
  for (const json& source : sources) {
    documents.push_back(documents::smallest());
    documents.back()["spec"]["migrations"] = source;
    if (source.contains("volume")) {
      documents.back()["spec"]["backup"] = {{"mode", "full"}, {"volume", source["volume"]}};
    }
  }
  const json checks = documents::fullest()["spec"]["checks"]["after"];
  for (json& each : documents) each["spec"]["checks"]["before"] = checks;
  for (json& each : documents) each["spec"]["checks"]["after"] = documents::fullest()["spec"]["checks"]["before"];
  documents.push_back(documents::fullest());
  return documents;
}

std::set<std::string> fields_of_the_code(const std::set<std::string>& open) {
  std::set<std::string> fields;
  for (const json& document : all_documents()) {
    const spec::Parsed parsed = spec::parse_json(document);
    EXPECT_EQ(spec::describe(parsed.problems), "");
    collect_document(spec::to_json(parsed.resource)["spec"], "spec", open, fields);
  }
  return fields;
}

TEST(Crd, HasExactlyTheFieldsThatTheCodeReads) {
  const json schema = schema_of("spec");
  std::set<std::string> of_crd;
  std::set<std::string> open;
  collect_schema(schema, "spec", of_crd);
  collect_open(schema, "spec", open);
  const std::set<std::string> of_code = fields_of_the_code(open);
  for (const std::string& path : of_crd) EXPECT_TRUE(of_code.count(path)) << path << " is in the CRD only";
  for (const std::string& path : of_code) EXPECT_TRUE(of_crd.count(path)) << path << " is in the code only";
}

/// Every default of the CRD, as a document; what the code takes when nothing is written must be the same.
json defaults_of(const json& schema) {
  json defaults = json::object();
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, each] : properties.items()) {
    if (each.value("type", "") == "object" && each.contains("default")) defaults[name] = defaults_of(each);
    if (each.value("type", "") != "object" && each.contains("default")) defaults[name] = each["default"];
  }
  return defaults;
}

TEST(Crd, HasTheDefaultsOfTheCode) {
  const json of_code = spec::to_json(spec::parse_json(documents::smallest()).resource)["spec"];
  const json of_crd = defaults_of(schema_of("spec")).flatten();
  for (const auto& [path, value] : of_crd.items()) {
    const json::json_pointer at(path);
    if (value.is_null()) continue;  // an empty object, flattened
    ASSERT_TRUE(of_code.contains(at)) << path;
    EXPECT_EQ(of_code[at], value) << path;
  }
}

TEST(Crd, AcceptsTheTargetsOfTheCodeAndNoOthers) {
  const json field = schema_of("spec")["properties"]["target"];
  const std::regex pattern(field["pattern"].get<std::string>());
  for (const char* target : {"heads", "7f-1", "auth@head", "auth@7f", "a@b@head", "2024-01", "+1", "-1", "auth@+1",
                             "auth@-12", "a@b@-1", "auth@", "@head", "@", "a b", "a@b c"}) {
    json document = documents::smallest();
    document["spec"]["target"] = target;
    EXPECT_EQ(std::regex_match(target, pattern), spec::parse_json(document).problems.empty()) << target;
  }
}

TEST(Crd, AcceptsTheWordsOfTheCodeAndNoOthers) {
  const json schema = schema_of("spec");
  for (const char* path : {"/onFailure", "/approval", "/phase", "/runBy", "/backup/properties/mode",
                           "/backup/properties/verify", "/apply/properties/transaction", "/apply/properties/onBlocked",
                           "/migrations/properties/layout", "/database/properties/sslMode"}) {
    const json field = schema["properties"][json::json_pointer(path)];
    std::string where = path;
    for (std::size_t at; (at = where.find("/properties")) != std::string::npos;) where.erase(at, 11);
    json document = documents::fullest();
    for (const json& word : field["enum"]) {
      document["spec"]["onFailure"] = "stop";
      document["spec"][json::json_pointer(where)] = word;
      EXPECT_EQ(spec::describe(spec::parse_json(document).problems), "") << where << word;
    }
    document["spec"][json::json_pointer(where)] = "anything else";
    const std::string said = spec::parse_json(document).problems.at(0).message;
    EXPECT_EQ(std::count(said.begin(), said.end(), ',') + 1U, field["enum"].size()) << said;
  }
}

// operator-protocol, Status 1: only a default on status itself works
TEST(Crd, MakesAnUnseenResourceSayThatItIsUnseen) {
  EXPECT_EQ(schema_of("status")["default"], json({{"observedGeneration", -1}}));
  EXPECT_EQ(schema_of("status")["properties"]["conditions"]["x-kubernetes-list-map-keys"], json({"type"}));
  EXPECT_TRUE(version()["subresources"].contains("status"));
}

TEST(Crd, ShowsReadyReasonHeadsPendingContractAndAge) {
  std::vector<std::string> narrow;
  const json columns = version()["additionalPrinterColumns"];
  for (const json& each : columns) {
    if (each.value("priority", 0) == 0) narrow.push_back(each["name"]);
  }
  EXPECT_EQ(narrow, (std::vector<std::string>{"Ready", "Reason", "Heads", "Pending", "Contract", "Age"}));
  EXPECT_EQ(load_crd()["spec"]["names"]["shortNames"], json({"dbm"}));
}

}  // namespace
