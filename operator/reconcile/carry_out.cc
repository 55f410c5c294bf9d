#include "operator/reconcile/carry_out.h"

#include <cstdio>

#include "common/error.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/report/names.h"
#include "operator/kube/status_patch.h"
#include "operator/reconcile/pods.h"

namespace reconcile {
namespace {

using kube::Object;
using report::names::kGroup, report::names::kKind, report::names::kVersion;

std::string api_version() { return std::string(kGroup) + "/" + std::string(kVersion); }

/// False: the namespace is going away.
bool create(kube::Api& api, const kube::ResourceType& type, const Object& object, const std::string& owner_uid) {
  switch (api.create(type, object).outcome) {
    case kube::CreateOutcome::kCreated:
      return true;
    case kube::CreateOutcome::kNamespaceTerminating:
    case kube::CreateOutcome::kNamespaceNotFound:
      return false;
    case kube::CreateOutcome::kAlreadyExists:
      break;
  }
  const kube::ObjectName name = kube::name_of(object);
  const std::optional<Object> there = api.get(type, name);
  // Gone meanwhile: the next look creates it.
  if (!there) throw TransientError("create " + type.kind + " " + name.name + ": it was there and is gone");
  if (is_controlled_by(*there, owner_uid)) return true;
  throw PermanentError("create " + type.kind + " " + name.name + ": the name belongs to another owner");
}

/// Where an event stands among all of the resource: by the last attempt as seen and whether it had ended, then by the
/// generation, then as this look tells them. Another look at the same status says the same.
std::string place_of(const Observed& seen, std::size_t number) {
  const RunStatus* last = &seen.status.run;
  for (const std::optional<RunStatus>* beside : {&seen.status.contract, &seen.status.survey}) {
    if (*beside && (*beside)->attempt > last->attempt) last = &**beside;
  }
  const bool is_live = !last->job.empty() && !last->code;
  char text[64] = {};
  std::snprintf(text, sizeof text, "%08x-%d-%06llx-%zu", static_cast<unsigned>(last->attempt), is_live ? 0 : 1,
                static_cast<unsigned long long>(seen.generation), number);
  return text;
}

bool send_events(const Observed& seen, const Decision& decision, kube::Api& api) {
  const kube::Regarding about{api_version(), std::string(kKind), {seen.namespace_name, seen.name}, seen.uid};
  const int attempt = decision.status ? decision.status->run.attempt : seen.status.run.attempt;
  const std::string key = std::to_string(seen.generation) + "/" + std::to_string(attempt);
  std::size_t number = 0;
  for (const kube::Event& each : decision.events) {
    // What is told once about a pod may come at any look.
    const std::string place = each.about.empty() ? place_of(seen, number++) : "";
    const Object event = kube::render_event(about, place, key, each, seen.now);
    const kube::CreateOutcome outcome = api.create(kube::types::event(), event).outcome;
    if (outcome == kube::CreateOutcome::kNamespaceTerminating) return false;
  }
  return true;
}

CarriedOut start(const Observed& seen, const RunStatus& run, kube::Api& api, const JobOptions& options) {
  const Object config_map = render_inline_config_map(seen);
  if (!config_map.is_null() && !create(api, kube::types::config_map(), config_map, seen.uid)) {
    return {.outcome = Carried::kGone};
  }
  SLUICE_FAILPOINT("reconcile.config_map_created");
  try {
    if (!create(api, kube::types::job(), render_job(seen, run, options), seen.uid)) return {.outcome = Carried::kGone};
  } catch (const PermanentError& error) {
    // What the user's podTemplate or volume says may be no valid pod: only the API server knows.
    if (error.code != report::ExitCode::kUsage) throw;
    return {.outcome = Carried::kRefused, .why = error.what()};
  }
  SLUICE_FAILPOINT("reconcile.job_created");
  logging::info(
      "job created",
      {{"namespace", seen.namespace_name}, {"migration", seen.name}, {"job", run.job}, {"attempt", run.attempt}});
  return {};
}

void remove(const Observed& seen, const DeleteJob& job, kube::Api& api) {
  const kube::RemoveOptions options{.uid = job.uid,
                                    .propagation_policy = job.why == DeleteWhy::kOld ? "Background" : "Foreground"};
  // Gone already, or another of that name: as wanted.
  static_cast<void>(api.remove(kube::types::job(), {seen.namespace_name, job.name}, options));
  logging::info("job deleted", {{"namespace", seen.namespace_name}, {"migration", seen.name}, {"job", job.name}});
}

}  // namespace

CarriedOut carry_out(const Observed& seen, const Decision& decision, kube::Api& api, const JobOptions& options) {
  SLUICE_FAILPOINT("reconcile.decided");
  CarriedOut done;
  if (!send_events(seen, decision, api)) return {.outcome = Carried::kGone};
  SLUICE_FAILPOINT("reconcile.events_sent");
  if (decision.status) {
    const kube::Written written =
        kube::patch_status(api, kube::types::database_migration(), {seen.namespace_name, seen.name},
                           seen.resource_version, seen.stored, to_json(*decision.status));
    if (written.outcome == kube::WriteOutcome::kConflict) return {.outcome = Carried::kOutdated};
    if (written.outcome == kube::WriteOutcome::kNotFound) return {.outcome = Carried::kGone};
    done.resource_version = kube::text_at(written.object, "/metadata/resourceVersion");
    SLUICE_FAILPOINT("reconcile.status_written");
  }
  if (decision.start) {
    CarriedOut started = start(seen, *decision.start, api, options);
    started.resource_version = done.resource_version;
    if (started.outcome != Carried::kDone) return started;
  }
  for (const DeleteJob& each : decision.remove) remove(seen, each, api);
  if (!decision.remove.empty()) SLUICE_FAILPOINT("reconcile.jobs_removed");
  return done;
}

}  // namespace reconcile
