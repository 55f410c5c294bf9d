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

std::optional<Object> find_ours(kube::Api& api, const kube::ResourceType& type, const Object& object,
                                const std::string& owner_uid) {
  std::optional<Object> there = api.get(type, kube::name_of(object));
  return there && is_controlled_by(*there, owner_uid) ? there : std::nullopt;
}

/// kAlreadyExists: it is ours; the object is as it is there.
kube::Created create(kube::Api& api, const kube::ResourceType& type, const Object& object,
                     const std::string& owner_uid) {
  try {
    kube::Created created = api.create(type, object);
    if (created.outcome != kube::CreateOutcome::kAlreadyExists) return created;
  } catch (const PermanentError&) {
    // Sent twice, since the first answer was lost, it may use up the very quota that then refuses it.
    std::optional<Object> ours = find_ours(api, type, object, owner_uid);
    if (!ours) throw;
    return {kube::CreateOutcome::kAlreadyExists, std::move(*ours)};
  }
  if (std::optional<Object> ours = find_ours(api, type, object, owner_uid)) {
    return {kube::CreateOutcome::kAlreadyExists, std::move(*ours)};
  }
  const std::string what = "create " + type.kind + " " + kube::name_of(object).name;
  // Gone meanwhile: the next look creates it.
  if (!api.get(type, kube::name_of(object))) throw TransientError(what + ": it was there and is gone");
  throw PermanentError(what + ": the name belongs to another owner");
}

bool namespace_goes(const kube::Created& created) {
  return created.outcome == kube::CreateOutcome::kNamespaceTerminating ||
         created.outcome == kube::CreateOutcome::kNamespaceNotFound;
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

/// What it tells must not keep a migration from running: where it may not be told (a right, a limit), it isn't.
kube::CreateOutcome tell(const Observed& seen, const Object& event, kube::Api& api) {
  try {
    return api.create(kube::types::event(), event).outcome;
  } catch (const Error& error) {
    logging::warning("event not told",
                     {{"namespace", seen.namespace_name}, {"migration", seen.name}, {"why", error.what()}});
    return kube::CreateOutcome::kCreated;
  }
}

/// False: the namespace is going away.
bool send_events(const Observed& seen, const Decision& decision, kube::Api& api) {
  const kube::Regarding about{api_version(), std::string(kKind), {seen.namespace_name, seen.name}, seen.uid};
  const int attempt = decision.status ? decision.status->run.attempt : seen.status.run.attempt;
  const std::string key = std::to_string(seen.generation) + "/" + std::to_string(attempt);
  std::size_t number = 0;
  for (const kube::Event& each : decision.events) {
    // What is told once about a pod may come at any look.
    const std::string place = each.about.empty() ? place_of(seen, number++) : "";
    const Object event = kube::render_event(about, place, key, each, seen.now);
    if (tell(seen, event, api) == kube::CreateOutcome::kNamespaceTerminating) return false;
  }
  return true;
}

void remove(const Observed& seen, const DeleteJob& job, kube::Api& api) {
  const kube::RemoveOptions options{.uid = job.uid,
                                    .propagation_policy = job.why == DeleteWhy::kOld ? "Background" : "Foreground"};
  // Gone already, or another of that name: as wanted.
  static_cast<void>(api.remove(kube::types::job(), {seen.namespace_name, job.name}, options));
  logging::info("job deleted", {{"namespace", seen.namespace_name}, {"migration", seen.name}, {"job", job.name}});
}

/// False: the namespace is going away.
bool create_files(const Observed& seen, const RunStatus& run, const Object& job, kube::Api& api) {
  const std::string uid = kube::text_at(job, "/metadata/uid");
  const Object files = render_inline_config_map(seen, run, uid);
  if (files.is_null()) return true;
  try {
    return !namespace_goes(create(api, kube::types::config_map(), files, uid));
  } catch (const PermanentError&) {
    // Without them its pod would wait for ever.
    remove(seen, {.name = run.job, .uid = uid, .why = DeleteWhy::kReplace}, api);
    throw;
  }
}

CarriedOut start(const Observed& seen, const RunStatus& run, kube::Api& api, const JobOptions& options) {
  try {
    const kube::Created job = create(api, kube::types::job(), render_job(seen, run, options), seen.uid);
    if (namespace_goes(job)) return {.outcome = Carried::kGone};
    SLUICE_FAILPOINT("reconcile.job_created");
    if (job.outcome == kube::CreateOutcome::kCreated) {
      logging::info(
          "job created",
          {{"namespace", seen.namespace_name}, {"migration", seen.name}, {"job", run.job}, {"attempt", run.attempt}});
    }
    if (!create_files(seen, run, job.object, api)) return {.outcome = Carried::kGone};
  } catch (const PermanentError& error) {
    // What the user's podTemplate or volume says may be no valid pod: only the API server knows.
    return {.outcome = Carried::kRefused, .why = error.what(), .may_pass = error.code != report::ExitCode::kUsage};
  }
  SLUICE_FAILPOINT("reconcile.config_map_created");
  return {};
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
