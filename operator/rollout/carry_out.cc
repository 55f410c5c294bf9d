#include "operator/rollout/carry_out.h"

#include <algorithm>
#include <cstdio>

#include "common/error.h"
#include "common/failpoint.h"
#include "common/log.h"
#include "common/report/names.h"
#include "operator/kube/status_patch.h"
#include "operator/reconcile/pods.h"
#include "operator/rollout/check_job.h"

namespace rollout {
namespace {

using kube::Object;
using kube::WriteOutcome;

const std::string kApiVersion = std::string(report::names::kGroup) + "/" + std::string(report::names::kVersion);

/// Where the event stands among all of the resource: by the time that the step as seen began, then by the step, then by
/// the generation, then as this look tells them. Another look at the same status says the same.
std::string place_of(const Observed& seen, std::size_t number) {
  const Sequence& at = seen.status.sequence;
  const std::vector<Step>& forward = steps_forward(at.from.has_value());
  const auto found = std::find(forward.begin(), forward.end(), at.step);
  const long step = found != forward.end() ? found - forward.begin() : static_cast<long>(at.step);
  const Time began = at.finished.value_or(at.step_started.value_or(Time{}));
  char text[64] = {};
  std::snprintf(text, sizeof text, "%010llx-%02lx-%06llx-%zu",
                static_cast<unsigned long long>(began.time_since_epoch().count()), static_cast<unsigned long>(step),
                static_cast<unsigned long long>(seen.generation), number);
  return text;
}

class Carrier {
 public:
  Carrier(const Observed& seen, const Decision& decision, kube::Api& api, const reconcile::JobOptions& options)
      : seen_(seen),
        decision_(decision),
        api_(api),
        options_(options),
        version_(seen.resource_version),
        stored_(seen.stored) {}

  Carried run() {
    if (!send_events()) return Carried::kGone;
    if (decision_.status) {
      if (const Carried written = write(*decision_.status); written != Carried::kDone) return written;
    }
    const Status& status = decision_.status ? *decision_.status : seen_.status;
    const bool is_new = decision_.status && status.sequence.step != seen_.status.sequence.step;
    if (is_new) SLUICE_FAILPOINT(("rollout." + snake(status.sequence.step)).c_str());
    if (const Carried done = act(status.sequence); done != Carried::kDone) return done;
    if (!decision_.after) return Carried::kDone;
    SLUICE_FAILPOINT(("rollout." + snake(status.sequence.step) + ".acted").c_str());
    return write(*decision_.after);
  }

 private:
  bool send_events() {
    const kube::Regarding about{kApiVersion, "DatabaseRollout", {seen_.namespace_name, seen_.name}, seen_.uid};
    const Status& status = decision_.status ? *decision_.status : seen_.status;
    const std::string key = std::to_string(status.sequence.number) + "/" + std::to_string(seen_.generation);
    std::size_t number = 0;
    for (const kube::Event& each : decision_.events) {
      const Object event = kube::render_event(about, place_of(seen_, number++), key, each, seen_.now);
      if (api_.create(kube::types::event(), event).outcome == kube::CreateOutcome::kNamespaceTerminating) return false;
    }
    return true;
  }

  Carried write(const Status& status) {
    const kube::Written written = kube::patch_status(
        api_, kube::types::database_rollout(), {seen_.namespace_name, seen_.name}, version_, stored_, to_json(status));
    if (written.outcome == WriteOutcome::kConflict) return Carried::kOutdated;
    if (written.outcome == WriteOutcome::kNotFound) return Carried::kGone;
    version_ = kube::text_at(written.object, "/metadata/resourceVersion");
    stored_ = kube::value_at(written.object, "/status");
    return Carried::kDone;
  }

  Carried act(const Sequence& sequence) {
    if (const Scale* scale = std::get_if<Scale>(&decision_.action)) return act_on(*scale);
    if (const SetSelector* selector = std::get_if<SetSelector>(&decision_.action)) return act_on(*selector);
    if (std::holds_alternative<StartChecks>(decision_.action)) return start_checks(sequence);
    return Carried::kDone;
  }

  Carried act_on(const Scale& scale) {
    const Object patch = {{"metadata", {{"resourceVersion", scale.resource_version}}},
                          {"spec", {{"replicas", scale.replicas}}}};
    const kube::Written written = api_.patch(kube::types::deployment(), {seen_.namespace_name, scale.deployment}, patch,
                                             kube::Subresource::kScale);
    if (written.outcome != WriteOutcome::kDone) return Carried::kOutdated;
    log("scaled", {{"deployment", scale.deployment}, {"replicas", scale.replicas}});
    return Carried::kDone;
  }

  Carried act_on(const SetSelector& wanted) {
    const Object service = {{"apiVersion", "v1"},
                            {"kind", "Service"},
                            {"metadata",
                             {{"name", seen_.spec.service},
                              {"namespace", seen_.namespace_name},
                              {"resourceVersion", wanted.resource_version}}},
                            {"spec", {{"selector", wanted.selector}}}};
    // Forced: whoever wrote the selector before was found to have written what we expected (Roll-outs 3).
    const kube::Written written = api_.apply(kube::types::service(), service, {});
    if (written.outcome != WriteOutcome::kDone) return Carried::kOutdated;
    log("selector written", {{"service", seen_.spec.service}, {"selector", wanted.selector.dump()}});
    return Carried::kDone;
  }

  Carried start_checks(const Sequence& sequence) {
    const Object job = render_check_job(seen_, sequence, options_);
    switch (api_.create(kube::types::job(), job).outcome) {
      case kube::CreateOutcome::kCreated:
        log("checks started", {{"job", sequence.job}});
        return Carried::kDone;
      case kube::CreateOutcome::kNamespaceTerminating:
      case kube::CreateOutcome::kNamespaceNotFound:
        return Carried::kGone;
      case kube::CreateOutcome::kAlreadyExists:
        break;
    }
    const std::optional<Object> there = api_.get(kube::types::job(), {seen_.namespace_name, sequence.job});
    if (there && !reconcile::is_controlled_by(*there, seen_.uid)) {
      throw PermanentError("create Job " + sequence.job + ": the name belongs to another owner");
    }
    return Carried::kDone;
  }

  void log(const char* what, const nlohmann::json& more) const {
    nlohmann::json fields = {{"namespace", seen_.namespace_name}, {"rollout", seen_.name}};
    fields.update(more);
    logging::info(what, fields);
  }

  const Observed& seen_;
  const Decision& decision_;
  kube::Api& api_;
  const reconcile::JobOptions& options_;
  std::string version_;    // of the resource, as of our last write
  nlohmann::json stored_;  // its status, likewise
};

}  // namespace

Carried carry_out(const Observed& seen, const Decision& decision, kube::Api& api,
                  const reconcile::JobOptions& options) {
  return Carrier(seen, decision, api, options).run();
}

}  // namespace rollout
