// migrator/run/waiting.h: `sluice wait`, the gate that asks the database itself (design, Gates 1). Takes no lock, holds
// one connection, changes nothing; works on a standby.
#pragma once
#include <string>

#include "migrator/run/patience.h"
#include "migrator/run/pipeline.h"

namespace run {

/// The reason in a result whose database has reached `before`.
inline constexpr const char* kTooNew = "TooNew";

struct WaitRequest {
  Request run = {};           // folder may be empty: then both are exact ids
  std::string at_least = {};  // any target form but relative ones; empty: no lower bound
  std::string before = {};    // an id, or a unique prefix of one the folder has; empty: no upper bound
  Pace pace = {};
};

/// 0: the database has `at_least`, on disk, and has not reached `before`. 21, at once: it has reached `before`, for
/// waiting can't undo that. 50: not within the time, saying what is missing, who is at work, why the database can't be
/// asked, or that it can't be known (without files a revision that the journal doesn't know may be above or below; such
/// doubt never lets through). 2, 21: a request that can't be met. 143: cancelled.
report::Result wait(const WaitRequest&, const postgres::Target&, report::EventSink&, const Clock&,
                    const std::function<bool()>& cancelled);

}  // namespace run
