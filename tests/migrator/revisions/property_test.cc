// What must hold for any graph: random ones, the seed printed with a failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include "migrator/revisions/plan.h"
#include "tests/migrator/revisions/build.h"

namespace {

std::vector<test::Short> random_revisions(std::mt19937& random) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<test::Short> all;
  const int count = 1 + below(25);
  for (int i = 0; i < count; ++i) {
    test::Short s{.id = "r" + std::to_string(i)};
    for (int k = below(4) == 0 ? below(3) + 1 : 1; i > 0 && k > 0 && below(8) != 0; --k)
      s.parents.push_back("r" + std::to_string(below(i)));
    std::sort(s.parents.begin(), s.parents.end());
    s.parents.erase(std::unique(s.parents.begin(), s.parents.end()), s.parents.end());
    if (i > 0 && below(6) == 0) s.depends_on.push_back("r" + std::to_string(below(i)));
    all.push_back(s);
  }
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

// Applies a change to rows the way a database would; every update and erase must hit one row, every insert none.
void apply(const revisions::HeadChange& change, std::set<std::string>& rows) {
  for (const auto& id : change.erase) ASSERT_EQ(rows.erase(id), 1u) << "erase " << id;
  for (const auto& [from, to] : change.update) {
    ASSERT_EQ(rows.erase(from), 1u) << "update " << from;
    ASSERT_TRUE(rows.insert(to).second) << "update to " << to;
  }
  for (const auto& id : change.insert) ASSERT_TRUE(rows.insert(id).second) << "insert " << id;
}

std::set<std::string> as_set(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

void for_many_graphs(const std::function<void(const revisions::Graph&)>& check) {
  for (unsigned seed = 0; seed < 100 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    check(test::graph(random_revisions(random)));
  }
}

}  // namespace

TEST(AnyGraph, AppliesEachRevisionOnceAndParentsFirst) {
  for_many_graphs([](const revisions::Graph& graph) {
    std::set<std::string> applied;
    for (const auto& step : plan_upgrade(graph, {}, "heads").steps) {
      for (const auto& id : step.revision->parents) EXPECT_TRUE(applied.contains(id));
      for (const auto& id : step.revision->depends_on) EXPECT_TRUE(applied.contains(id));
      EXPECT_TRUE(applied.insert(step.revision->id).second);
    }
    EXPECT_EQ(applied.size(), graph.all().size());
  });
}

TEST(AnyGraph, LedgerHoldsTheEffectiveHeadsAfterEveryStepUpAndDown) {
  for_many_graphs([](const revisions::Graph& graph) {
    std::set<std::string> rows;
    std::vector<std::string> applied;
    for (const auto& step : plan_upgrade(graph, {}, "heads").steps) {
      apply(step.heads, rows);
      applied.push_back(step.revision->id);
      ASSERT_EQ(rows, as_set(graph.effective_heads(applied)));
    }
    const std::vector<std::string> top(rows.begin(), rows.end());
    for (const auto& step : plan_downgrade(graph, top, "base").steps) {
      apply(step.heads, rows);
      std::erase(applied, step.revision->id);
      ASSERT_EQ(rows, as_set(graph.effective_heads(applied)));
    }
    EXPECT_TRUE(rows.empty());
    EXPECT_TRUE(applied.empty());
  });
}

TEST(AnyGraph, HeadsAfterAreWhatTheChangesLeadTo) {
  for_many_graphs([](const revisions::Graph& graph) {
    for (const auto& target : graph.topological()) {
      const auto plan = plan_upgrade(graph, {}, target);
      std::set<std::string> rows;
      for (const auto& step : plan.steps) apply(step.heads, rows);
      EXPECT_EQ(rows, as_set(plan.heads_after)) << target;
      const auto back = plan_downgrade(graph, plan.heads_after, target);
      EXPECT_TRUE(back.steps.empty()) << target;
    }
  });
}

TEST(AnyGraph, GoingUpAfterAnyWayDownComesBackToTheHeads) {
  for_many_graphs([](const revisions::Graph& graph) {
    const auto all = plan_upgrade(graph, {}, "heads");
    for (const auto& target : graph.topological()) {
      const auto back = plan_downgrade(graph, all.heads_after, target);
      const auto again = plan_upgrade(graph, back.heads_after, "heads");
      EXPECT_EQ(again.steps.size(), back.steps.size());
      EXPECT_EQ(as_set(again.heads_after), as_set(all.heads_after));
    }
  });
}
