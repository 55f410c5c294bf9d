#include <gtest/gtest.h>

#include "common/spec/spec.h"
#include "tests/common/spec/documents.h"

namespace {

TEST(RoundTrip, KeepsEveryFieldOfTheFullestResource) {
  const spec::Parsed parsed = spec::parse_json(documents::fullest());
  ASSERT_EQ(spec::describe(parsed.problems), "");
  const nlohmann::json written = spec::to_json(parsed.resource);
  const spec::Parsed again = spec::parse_json(written);
  EXPECT_EQ(again.resource, parsed.resource);
  // Whatever the user wrote stands in what we write: nothing was read and forgotten.
  const nlohmann::json wanted = documents::fullest().flatten();
  const nlohmann::json flat = written.flatten();
  for (const auto& [path, value] : wanted.items()) {
    ASSERT_TRUE(flat.contains(path)) << path;
    EXPECT_EQ(flat[path], value) << path;
  }
}

TEST(RoundTrip, KeepsEachSource) {
  for (const nlohmann::json& source : documents::sources()) {
    nlohmann::json document = documents::smallest();
    document["spec"]["migrations"] = source;
    const spec::Parsed parsed = spec::parse_json(document);
    ASSERT_EQ(spec::describe(parsed.problems), "");
    EXPECT_EQ(spec::parse_json(spec::to_json(parsed.resource)).resource, parsed.resource) << source;
  }
}

TEST(RoundTrip, WritesDefaultsOut) {
  const nlohmann::json written = spec::to_json(spec::parse_json(documents::smallest()).resource);
  EXPECT_EQ(written["spec"]["target"], "heads");
  EXPECT_EQ(written["spec"]["ledger"], nlohmann::json::parse(R"({"table":"alembic_version","schema":"public"})"));
  EXPECT_EQ(written["spec"]["apply"]["lockWait"], "10m");
  EXPECT_EQ(written["spec"]["retry"]["limit"], 6);
}

}  // namespace
