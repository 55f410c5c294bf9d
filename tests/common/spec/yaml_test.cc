#include <gtest/gtest.h>

#include "common/spec/spec.h"
#include "tests/common/spec/documents.h"

namespace {

constexpr const char* kYaml = R"(apiVersion: sluice.dev/v1alpha1
kind: DatabaseMigration
metadata: {name: auth}
spec:
  database: {urlFrom: {secretKeyRef: {name: auth-db, key: url}}}
  migrations: {configMaps: [auth-migrations]}
)";

std::string problems_of_yaml(const std::string& text) { return spec::describe(spec::parse_yaml(text).problems); }

TEST(Yaml, SaysTheSameAsJson) {
  const spec::Parsed parsed = spec::parse_yaml(kYaml);
  EXPECT_EQ(spec::describe(parsed.problems), "");
  EXPECT_EQ(parsed.resource, spec::parse_json(documents::smallest()).resource);
}

TEST(Yaml, ReadsEveryScalarAsTheApiServerWould) {
  EXPECT_EQ(problems_of_yaml(std::string(kYaml) + "  suspend: true\n  retry: {limit: 3}\n  target: \"0003\"\n"), "");
  EXPECT_EQ(problems_of_yaml(std::string(kYaml) + "  target: '12e4'\n"), "");
  for (const char* number : {"0003", "12e4", "1.10", "true", "-1"}) {
    EXPECT_EQ(problems_of_yaml(std::string(kYaml) + "  target: " + number + "\n"),
              "spec.target: must be text: put the value in quotes")
        << number;
  }
}

TEST(Yaml, PicksTheResourceAmongOtherDocuments) {
  EXPECT_EQ(problems_of_yaml("kind: Secret\n---\n" + std::string(kYaml) + "---\n"), "");
  EXPECT_EQ(problems_of_yaml(std::string(kYaml) + "---\n" + kYaml), "holds more than one DatabaseMigration");
  EXPECT_EQ(problems_of_yaml(""), "holds no DatabaseMigration");
}

TEST(Yaml, NamesTheLineOfASyntaxError) {
  EXPECT_NE(problems_of_yaml("a: [1\nb: {").find("is not YAML: line "), std::string::npos);
}

TEST(Yaml, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(problems_of_yaml(std::string(kYaml) + "  target: a\n  target: b\n"), "spec.target: stands here twice");
}

TEST(Yaml, RefusesAliasesThatExplode) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j ? ", " : "") + last;
    text += "]\n";
  }
  EXPECT_EQ(problems_of_yaml(text), "the document is too large or deep");
}

}  // namespace
