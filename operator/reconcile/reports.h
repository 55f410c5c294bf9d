// operator/reconcile/reports.h: what init containers of the application say they did (operator-protocol, Trust 4):
// shown, and verified by a Job of ours before anything relies on it. Pure.
#pragma once
#include <string>

#include "operator/reconcile/observed.h"

namespace reconcile {

/// status.reports becomes what pods say now. What a pod says again stays as it was judged; what agrees with the
/// heads that our own Job found is verified by that.
void take_reports(Status&, const Observed&);

/// A Job that looks starts, or has ended: after it the reports that were there when it started are verified, true
/// or not. Where it couldn't look (it is tried again) they stay open.
void ask_about_reports(Status&, const RunStatus&);
void answer_reports(Status&, const RunStatus&);

/// There is a report that no Job was started for; that none has answered.
bool has_new_report(const Status&);
bool has_open_report(const Status&);

/// "pod shop-1 reported StepFailed (20)", of the newest that failed; empty: none did.
std::string reported_failure(const Status&);

}  // namespace reconcile
