// migrator/run/waiting.h: `sluice wait`, the gate that asks the database itself (design, Gates 1). Takes no lock, holds
// one connection, changes nothing; works on a standby.
#pragma once
#include <chrono>
#include <string>

#include "migrator/run/pipeline.h"

namespace run {

struct WaitRequest {
  Request run = {};           // folder may be empty: then `at_least` is an exact id
  std::string at_least = {};  // any target form but relative ones; with a folder by default "heads"
  std::chrono::milliseconds timeout{300000};
  std::chrono::milliseconds interval{1000};
};

/// 0: the revisions are applied and on disk. 50: not within the time, saying what is missing or why the database
/// can't be asked. 2, 21: waiting can't help. 143: cancelled.
report::Result wait(const WaitRequest&, const postgres::Target&, report::EventSink&, const Clock&,
                    const std::function<bool()>& cancelled);

}  // namespace run
