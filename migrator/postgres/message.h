// migrator/postgres/message.h: one simple-protocol message: its SQL, and what each of its results belongs to. Pure.
// Private to this folder.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "migrator/postgres/script_plan.h"

namespace postgres {

/// What a statement of a message is for.
/// kDeferred: constraints of several files, at the end of their one transaction.
enum class Part { kBegin, kGuard, kFile, kReset, kDeferred, kBookkeeping, kCommit, kAfterReset, kKey, kProbe };

struct Expected {
  Part part = Part::kFile;
  std::size_t step = 0;                         // which of the steps in the message
  const PlannedStatement* statement = nullptr;  // of Part::kFile
  std::size_t offset = 0;                       // of its text in the message, in bytes
  std::string_view title = {};                  // of Part::kBegin: a comment for whoever prints it
};

/// Each statement gives exactly one result, so the count of results before an error tells which failed.
struct Message {
  std::string text = {};
  std::vector<Expected> expected = {};

  /// A newline before the `;`: a trailing `-- comment` would else swallow what follows.
  void add(Part, std::string_view sql, std::size_t step = 0, const PlannedStatement* statement = nullptr);
  /// Several statements of ours; cut to count them.
  void add_all(Part, std::string_view statements, std::size_t step = 0);
  bool empty() const { return expected.empty(); }
  /// Holds statements of a file. What is only ours is short, and must go through even while we are being stopped.
  bool has_file() const;
};

/// Deferred constraints are checked here, so that they fail with the step that broke them (kReset), or with all that
/// share a transaction (kDeferred): to check them after each file would also make them immediate for the next ones.
void add_constraints(Message&, std::size_t step, Part = Part::kReset);
/// "A transactional step", 4: reset before the ledger rows, in the step's transaction.
void add_reset(Message&, std::size_t step);
/// kFlushed: commits with the configured synchronous_commit, raised to on where it is off or local. kAsynchronous: off.
enum class Durability { kFlushed, kAsynchronous };
void add_durability(Message&, Durability, std::size_t step);
/// After COMMIT, same message: all that outlives a transaction, then the second key again.
void add_after_reset(Message&, const std::string& set_after_reset, std::int64_t key, std::size_t step);

}  // namespace postgres
