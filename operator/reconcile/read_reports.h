// operator/reconcile/read_reports.h: what init containers of the application say they did.
#pragma once
#include <vector>

#include "operator/kube/api.h"
#include "operator/reconcile/observed.h"

namespace reconcile {

/// From pods with label sluice.dev/reports: the last end of each one's init container `sluice-migrate`, newest pod
/// first, at most kMostReports. Of its word only known codes and what looks like revisions is taken; a word of another
/// shape, or one that doesn't fit the exit code, is Unreadable.
std::vector<ReportStatus> read_reports(const std::vector<kube::Object>& pods);

}  // namespace reconcile
