// Plans against what Alembic itself did with random graphs (tests/golden/plans/generate.py; the file names the
// version).
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "common/error.h"
#include "migrator/revisions/plan.h"
#include "tests/migrator/revisions/build.h"
#include "tests/support/golden.h"

namespace {

using nlohmann::json;
using Ids = std::vector<std::string>;
using IdSet = std::set<std::string>;

const json& golden() {
  static const json document = json::parse(std::ifstream(support::golden_path("plans/alembic.json")));
  return document;
}

revisions::Graph graph_of(const json& all) {
  std::vector<test::Short> shorts;
  for (const json& r : all)
    shorts.push_back({.id = r["id"], .parents = r["parents"], .depends_on = r["depends_on"], .labels = r["labels"]});
  return test::graph(shorts);
}

revisions::Plan plan(const revisions::Graph& graph, const json& asked) {
  const std::string target = asked["target"];
  return asked["do"] == "upgrade" ? plan_upgrade(graph, asked["rows"], target)
                                  : plan_downgrade(graph, asked["rows"], target);
}

void for_all(const std::function<void(const revisions::Graph&, const json&)>& check) {
  for (const json& one : golden()["cases"]) {
    const revisions::Graph graph = graph_of(one["revisions"]);
    for (const json& asked : one["asked"]) {
      SCOPED_TRACE(one["revisions"].dump() + "\n" + asked.dump());
      check(graph, asked);
    }
  }
}

// Where we are stricter: LABEL@ID with an ID on another branch is an error both ways, not only up.
bool is_off_branch(const std::string& message) { return message.find("is not on branch") != std::string::npos; }

// Where we find a way that Alembic doesn't: a merge goes as one step of -N, LABEL@ID may lie above the labelled
// revision, LABEL@heads may imply each other, ID-N may lead to where the database is.
bool is_answered_by_us(const json& asked) {
  const std::string error = asked["error"];
  if (asked["do"] == "upgrade") return error.find("overlaps with other requested") != std::string::npos;
  return error == "RevisionError: Ambiguous walk" || error.starts_with("RevisionError: Not a valid downgrade target") ||
         (asked["target"].get<std::string>().find('-') != std::string::npos &&
          error.starts_with("RangeNotAncestorError: Revision Nothing to drop"));
}

}  // namespace

TEST(AgainstAlembic, TheSameRevisionsAreTakenAndTheSameRowsStayBehind) {
  for_all([](const revisions::Graph& graph, const json& asked) {
    if (asked.contains("error")) return;
    try {
      const revisions::Plan ours = plan(graph, asked);
      IdSet steps;
      for (const auto& step : ours.steps) steps.insert(step.revision->id);
      EXPECT_EQ(steps, asked["steps"].get<IdSet>());
      EXPECT_EQ(IdSet(ours.heads_after.begin(), ours.heads_after.end()), asked["rows_after"].get<IdSet>());
    } catch (const PermanentError& error) {
      if (!is_off_branch(error.what())) ADD_FAILURE() << error.what();
    }
  });
}

TEST(AgainstAlembic, WhatItRefusesIsRefused) {
  for_all([](const revisions::Graph& graph, const json& asked) {
    if (!asked.contains("error") || is_answered_by_us(asked)) return;
    EXPECT_THROW(plan(graph, asked), PermanentError);
  });
}
