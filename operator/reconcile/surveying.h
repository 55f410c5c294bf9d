// operator/reconcile/surveying.h: when the database is asked although nothing is to be done. Pure.
#pragma once
#include <chrono>
#include <optional>

#include "operator/reconcile/observed.h"

namespace reconcile {

/// None: nothing to ask. Else in how long a survey is due: consumers name a revision that no Job was asked about, or
/// init containers report what no Job has looked at. After a short while, so that a roll-out's pods are asked about
/// together; after a failure with back-off.
std::optional<std::chrono::seconds> survey_due_in(const Observed&, const Status&);

/// How long after the last Job's end the next look is due.
std::chrono::seconds until_next_look(const Observed&, const Status&);

/// The survey to start.
RunStatus survey_run(const Observed&, const Status&);

/// The last survey found that the database isn't where the last run left it: a run says what is wrong, or mends it.
bool survey_contradicts(const Status&);

}  // namespace reconcile
