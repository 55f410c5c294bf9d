// What must hold for any graph: random ones, the seed printed with a failure.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include "common/error.h"
#include "migrator/revisions/answers.h"
#include "migrator/revisions/plan.h"
#include "migrator/revisions/target.h"
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
    if (below(5) == 0) s.phase = revisions::Phase::kContract;
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

// Ids of dates: whatever is written of one names a revision that begins so, or nothing.
TEST(AnyGraph, NeverCountsStepsFromAPieceOfAnIdWithDashes) {
  for (unsigned seed = 0; seed < 100 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto date = [&] {
      const auto two = [&](unsigned n) { return std::to_string(100 + 1 + random() % n).substr(1); };
      return "202" + std::to_string(random() % 3) + "-" + two(3) + "-" + two(12);
    };
    std::set<std::string> ids;
    while (ids.size() < 5) ids.insert(date());
    std::vector<test::Short> chain;
    for (const std::string& id : ids) {
      chain.push_back({.id = id});
      if (chain.size() > 1) chain.back().parents = {chain[chain.size() - 2].id};
    }
    const revisions::Graph graph = test::graph(chain);
    for (int i = 0; i < 50; ++i) {
      const std::string whole = date(), text = whole.substr(0, 1 + random() % whole.size());
      const revisions::Target target = parse_target(graph, text);
      EXPECT_FALSE(target.steps) << text;
      EXPECT_EQ(target.symbol, text);
    }
    const revisions::Target below = parse_target(graph, *ids.begin() + "+1");
    EXPECT_EQ(below.steps, 1);
    EXPECT_EQ(below.symbol, *ids.begin());
  }
}

namespace {

bool is_contract(const revisions::Graph& graph, const std::string& id) {
  return graph.find(id)->phase == revisions::Phase::kContract;
}

// Somewhere an expand revision builds on a contract revision.
bool mixes_phases(const revisions::Graph& graph) {
  for (const auto& one : graph.all()) {
    if (one.phase == revisions::Phase::kContract) continue;
    for (const auto& id : graph.ancestors_and_self({one.id}))
      if (is_contract(graph, id)) return true;
  }
  return false;
}

// Each graph twice: as it is, and with everything above a contract revision marked contract, too.
void for_many_graphs_in_order(const std::function<void(const revisions::Graph&)>& check) {
  for_many_graphs([&](const revisions::Graph& graph) {
    std::vector<revisions::Revision> all = graph.all();
    for (auto& one : all) {
      const auto below = graph.ancestors_and_self({one.id});
      if (std::any_of(below.begin(), below.end(), [&](const auto& id) { return is_contract(graph, id); }))
        one.phase = revisions::Phase::kContract;
    }
    check(revisions::Graph(std::move(all)));
  });
}

}  // namespace

TEST(AnyGraphInPhases, ExpandAppliesNoContractRevisionAndThenAllEndsWhereAllAtOnceEnds) {
  for_many_graphs_in_order([](const revisions::Graph& graph) {
    const auto at_once = plan_upgrade(graph, {}, "heads");
    const auto expand = plan_upgrade(graph, {}, "heads", revisions::PhaseLimit::kExpand);
    std::set<std::string> applied;
    for (const auto& step : expand.steps) {
      EXPECT_FALSE(is_contract(graph, step.revision->id)) << step.revision->id;
      applied.insert(step.revision->id);
    }
    const auto rest = plan_upgrade(graph, expand.heads_after, "heads");
    std::set<std::string> held;
    for (const auto& step : rest.steps) {
      EXPECT_TRUE(applied.insert(step.revision->id).second);
      held.insert(step.revision->id);
    }
    EXPECT_EQ(held, as_set(expand.held_back));
    EXPECT_EQ(applied.size(), at_once.steps.size());
    EXPECT_EQ(as_set(rest.heads_after), as_set(at_once.heads_after));
  });
}

TEST(AnyGraphInPhases, IsRefusedExactlyWhenAnExpandRevisionBuildsOnAContractRevision) {
  for_many_graphs([](const revisions::Graph& graph) {
    const auto plan = [&] { return plan_upgrade(graph, {}, "heads", revisions::PhaseLimit::kExpand); };
    if (mixes_phases(graph)) {
      EXPECT_THROW(static_cast<void>(plan()), PermanentError);
    } else {
      EXPECT_NO_THROW(static_cast<void>(plan()));
    }
  });
}

TEST(AnyGraphInPhases, WhatIsHeldBackIsBeyondAndItsNewestRevisionsAreWrittenForAll) {
  for_many_graphs_in_order([](const revisions::Graph& graph) {
    const auto expand = plan_upgrade(graph, {}, "heads", revisions::PhaseLimit::kExpand);
    const std::string said = revisions::answers(graph, expand.heads_after, "heads", graph.topological());
    const std::set<std::string> held = as_set(expand.held_back);
    for (std::size_t i = 0; i < said.size(); ++i) {
      const bool is_held = held.contains(graph.topological()[i]);
      EXPECT_EQ(is_held, said[i] == 'C' || said[i] == 'D') << graph.topological()[i] << " " << said[i];
      EXPECT_EQ(!is_held, said[i] == '+' || said[i] == 'c') << graph.topological()[i] << " " << said[i];
    }
    const auto done = plan_upgrade(graph, expand.heads_after, "heads").heads_after;
    EXPECT_EQ(revisions::answers(graph, done, "heads", graph.topological()), std::string(said.size(), 'c'));
  });
}
