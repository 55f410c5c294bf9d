// operator/reconcile/progress.h: where a run stands, from the end of its pod's log.
#pragma once
#include <optional>
#include <string>

#include "operator/reconcile/observed.h"

namespace reconcile {

/// From the last of our events in `log` that says something; none: there is none. Lines that aren't our JSON are passed
/// over: in tool mode the tool's output comes wrapped in events of its own.
std::optional<Progress> progress_in(const std::string& log);

}  // namespace reconcile
