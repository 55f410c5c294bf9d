// migrator/run/stamp.h: saying where a database stands without running anything (guides E8).
#pragma once
#include <string>
#include <vector>

#include "migrator/run/pipeline.h"

namespace run {

struct StampRequest {
  Request run = {};                       // folder, ledger, lock wait
  std::vector<std::string> targets = {};  // any target form but relative ones; "base": nothing is applied
  // First empties the ledger, rows of unknown revisions included; what is stamped counts as applied as it is now, also
  // where an earlier run applied another text.
  bool purge = false;
};

/// Under the run's lock, in one transaction: ledger rows, and journal rows `stamp` for the targets and all their
/// ancestors with the checksums of the files as they are now. Without `purge` an applied file that was edited since
/// ends it with 21: `sluice repair` is for that. Never throws for what it can meet.
report::Result stamp(const StampRequest&, const postgres::Target&, report::EventSink&, const Clock&,
                     const std::function<bool()>& cancelled);

}  // namespace run
