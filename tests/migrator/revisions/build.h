// tests/migrator/revisions/build.h: graphs from plain tuples, as Alembic's own tests draw them.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "migrator/revisions/graph.h"

namespace test {

struct Short {
  std::string id = {};
  std::vector<std::string> parents = {};
  std::vector<std::string> depends_on = {};
  std::vector<std::string> labels = {};
  revisions::Phase phase = revisions::Phase::kExpand;
};

inline revisions::Revision revision(const Short& s) {
  revisions::Revision r{.id = s.id, .parents = s.parents, .depends_on = s.depends_on, .labels = s.labels};
  r.phase = s.phase;
  r.up = {.file = s.id + "_x.up.sql", .text = "select 1;", .sha256 = "sha of " + s.id};
  r.down = revisions::Script{.file = s.id + "_x.down.sql", .text = "select 2;", .sha256 = "down sha of " + s.id};
  return r;
}

inline std::vector<revisions::Revision> revisions_of(const std::vector<Short>& all) {
  std::vector<revisions::Revision> result;
  for (const Short& s : all) result.push_back(revision(s));
  return result;
}

inline revisions::Graph graph(const std::vector<Short>& all) { return revisions::Graph(revisions_of(all)); }

/// a1 <- a2 <- a3
inline revisions::Graph chain() { return graph({{"a1"}, {"a2", {"a1"}}, {"a3", {"a2"}}}); }

/// a1 <- a2 <- b1 <- b2, and a2 <- c1; label "cee" on c1.
inline revisions::Graph fork() {
  return graph({{"a1"}, {"a2", {"a1"}}, {"b1", {"a2"}}, {"b2", {"b1"}}, {"c1", {"a2"}, {}, {"cee"}}});
}

/// The message of the error that `action` throws; "" when it throws none.
template <typename Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace test
