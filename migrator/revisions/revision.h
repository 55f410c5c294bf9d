// migrator/revisions/revision.h: one change of a schema, with an id and its parents.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace revisions {

enum class Phase { kExpand, kContract };

/// Whether a script may run inside a transaction, as its author said.
enum class TransactionMode {
  kDefault,  // one transaction; what can't be in one is recognised
  kOff,      // `-- transaction: off`
};

/// One file on disk, read once, whole.
struct Script {
  std::string file = {};    // path below the migrations folder, for messages
  std::string text = {};    // as read, BOM included
  std::string sha256 = {};  // hex, of text
};

struct Revision {
  std::string id = {};                       // text, never empty: longer than 64 bits and dotted ids work
  std::vector<std::string> parents = {};     // ids; empty: a root
  std::vector<std::string> depends_on = {};  // ids that must be applied first, without being parents
  std::vector<std::string> labels = {};      // branch labels
  std::string message = {};                  // the slug, in words
  std::string description = {};              // docstring from the header
  std::string created = {};                  // as written in the header
  Phase phase = Phase::kExpand;
  std::optional<std::string> irreversible = {};  // the reason
  TransactionMode transaction = TransactionMode::kDefault;
  bool strict_transaction = false;  // the layout refuses a mixed file without `transaction: off` (Sluice's own)
  Script up = {};
  std::optional<Script> down = {};  // none: there is no down script
};

}  // namespace revisions
