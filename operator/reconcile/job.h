// operator/reconcile/job.h: the Job of one attempt, as JSON (operator-protocol, Jobs and Trust 2).
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "operator/reconcile/observed.h"

namespace reconcile {

struct JobOptions {
  std::string migrator_image = {};
  std::string pull_policy = {};                // of the migrator's image; empty: Kubernetes' default
  std::vector<std::string> pull_secrets = {};  // for the migrator's image
};

/// Exit codes that end a Job at once, ascending: what they say must not be lost to an eviction.
inline constexpr int kFinalCodes[] = {2, 20, 21, 22, 24, 30, 31, 32, 40, 126, 127, 128};

/// Pure. `seen` has no problems. The pod is of the security standard "restricted", has no token, and holds secrets as
/// environment only. Nothing in it changes with the time: rendered twice it is the same.
nlohmann::json render_job(const Observed& seen, const RunStatus&, const JobOptions&);

/// The ConfigMap of spec.migrations.inline, which this very Job mounts: immutable, and controlled by the Job, so that
/// it goes with it (docs/decisions/0016). Null: no inline files.
nlohmann::json render_inline_config_map(const Observed& seen, const RunStatus&, const std::string& job_uid);
/// Its name.
std::string inline_name(const std::string& job);

/// What stands in SLUICE_SPEC: the whole resource without the inline files.
std::string spec_for_migrator(const Observed& seen);
/// The kernel takes no longer environment variable (MAX_ARG_STRLEN).
inline constexpr std::size_t kMostSpecBytes = 120000;

}  // namespace reconcile
