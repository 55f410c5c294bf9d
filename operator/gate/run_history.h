// operator/gate/run_history.h: what a DatabaseMigration's status says of its runs.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "operator/kube/api.h"

namespace gate {

/// One run in status.history (the CRD describes it).
struct EndedRun {
  std::string job = {};
  std::string reason = {};
  bool is_success = false;
  std::chrono::system_clock::time_point started = {}, ended = {};
};

/// Newest first, as they stand; plans, and entries without a job or an end, are passed over.
std::vector<EndedRun> ended_runs(const kube::Object& migration);

/// Condition Ready is True, for the generation that is there.
bool is_ready(const kube::Object& migration);

/// 0 where it is absent or no number.
double number_at(const kube::Object&, const std::string& json_pointer);

}  // namespace gate
