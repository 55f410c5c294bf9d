// migrator/revisions/target.h: what a person may write to name revisions: head, heads, base, +2, 3f2a9c-1, auth@head.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "migrator/revisions/graph.h"

namespace revisions {

/// `[LABEL@][SYMBOL][+N|-N]`, taken apart. What is an id, or may begin one, is never cut; steps are counted from an id,
/// from a number or prefix that some id has and none goes on from with that sign, and from the words.
struct Target {
  std::string text = {};          // as written, for messages
  std::string label = {};         // empty: none. A branch label, or an id whose branch is meant
  std::string symbol = {};        // head, heads, base, an id or a prefix; empty: relative to the database
  std::optional<int> steps = {};  // none: absolute. Never 0
};

/// Throws PermanentError(kUsage): empty, a part missing, a count out of range.
Target parse_target(const Graph&, const std::string& text);

/// The positions of the ledger's rows. Throws PermanentError(kHistoryMismatch): rows that no file has (each named, with
/// the nearest ids, and how to go on).
std::vector<Position> positions_of_rows(const Graph&, const std::vector<std::string>& rows);

/// The revisions a target without steps names; base gives none. An id is found exactly, else as a number (5 finds 005),
/// else as a unique prefix. Throws PermanentError(kHistoryMismatch): unknown (with the nearest), ambiguous (all
/// listed), several heads for `head`, not on the label's branch.
std::vector<Position> named(const Graph&, const Target&);

/// The revisions to go up to. `current`: the database's effective heads. Throws like named(); also kUsage for -N
/// without an id, kHistoryMismatch for a walk that is too long or comes to a fork.
std::vector<Position> upward(const Graph&, const std::vector<Position>& current, const Target&);

/// What to take away to go down: these revisions and everything built on them. none: nothing to do, already there.
/// Throws like named(); also kUsage for a target that is not below the database's heads.
std::vector<Position> downward(const Graph&, const std::vector<Position>& current, const Target&);

/// The revisions on the way through the labelled one: it, what it builds on and what builds on it (parents' arrows).
Marks lineage(const Graph&, const Target&);

}  // namespace revisions
