// migrator/run/repair.h: taking edited files of applied revisions as what was applied (guides E12).
#pragma once
#include <string>
#include <vector>

#include "migrator/run/pipeline.h"

namespace run {

struct RepairRequest {
  Request run = {};                         // folder, ledger, lock wait
  std::vector<std::string> revisions = {};  // any target form that names one
  bool all = false;                         // every edited one
};

/// Under the run's lock, in one transaction: a journal row `repair` for each, with the checksum of its file as it is
/// now. No script is run, the ledger stays. Never throws for what it can meet; kUsage: a revision that wasn't edited,
/// or none named where some were.
report::Result repair(const RepairRequest&, const postgres::Target&, report::EventSink&, const Clock&,
                      const std::function<bool()>& cancelled);

}  // namespace run
