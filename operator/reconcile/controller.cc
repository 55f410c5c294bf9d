#include "operator/reconcile/controller.h"

#include <memory>

#include "common/failpoint.h"
#include "common/log.h"
#include "operator/reconcile/carry_out.h"
#include "operator/reconcile/decide.h"
#include "operator/reconcile/observe.h"
#include "operator/reconcile/slots.h"

namespace reconcile {
namespace {

// The watch brings the newer version at once; this is for when it doesn't.
constexpr std::chrono::milliseconds kAfterConflict{200};
constexpr std::chrono::milliseconds kProgressLook{10000};

class Controller {
 public:
  Controller(kube::Api& api, const runtime::Caches& caches, const Clock& clock, const Settings& settings)
      : api_(api),
        settings_(settings),
        options_{.migrator_image = settings.migrator_image,
                 .pull_policy = settings.migrator_pull_policy,
                 .pull_secrets = settings.migrator_pull_secrets},
        observer_(api, caches, clock, settings_),
        slots_(caches, clock, settings.max_running) {}

  std::optional<std::chrono::milliseconds> look(const kube::ObjectName& name) {
    std::optional<Observed> seen = observer_.observe(name);
    if (!seen) return std::nullopt;
    SLUICE_FAILPOINT("reconcile.observed");
    Decision decision = decide(*seen);
    if (decision.start && !slots_.take({seen->namespace_name, decision.start->job})) {
      seen->slot_free = false;
      decision = decide(*seen);
    }
    log(*seen, decision);
    const CarriedOut done = carry_out(*seen, decision, api_, options_);
    if (done.outcome == Carried::kRefused) {
      slots_.give_back({seen->namespace_name, decision.start->job});
      return take_refusal(*seen, decision, done);
    }
    if (done.outcome == Carried::kOutdated) return kAfterConflict;
    if (done.outcome == Carried::kGone) return std::nullopt;
    return next_look(*seen, decision);
  }

 private:
  /// The status just written names a Job that can't be: a second decision says so.
  std::optional<std::chrono::milliseconds> take_refusal(const Observed& before, const Decision& decided,
                                                        const CarriedOut& done) {
    Observed seen = before;
    if (decided.status) {
      seen.status = *decided.status;
      seen.stored = to_json(seen.status);
    }
    if (!done.resource_version.empty()) seen.resource_version = done.resource_version;
    seen.refused = done.why;
    seen.refusal_may_pass = done.may_pass;
    seen.slot_free = false;  // whatever else may start now, it is counted at the next look
    const Decision decision = decide(seen);
    log(seen, decision);
    const CarriedOut said = carry_out(seen, decision, api_, options_);
    if (said.outcome == Carried::kOutdated) return kAfterConflict;
    return said.outcome == Carried::kDone ? next_look(seen, decision) : std::nullopt;
  }

  std::optional<std::chrono::milliseconds> next_look(const Observed& seen, const Decision& decision) const {
    std::optional<std::chrono::milliseconds> next;
    if (decision.check_again_in) next = *decision.check_again_in;
    const Status& status = decision.status ? *decision.status : seen.status;
    const bool runs = !status.run.job.empty() && !status.run.code;
    if (settings_.progress_from_logs && runs && (!next || *next > kProgressLook)) next = kProgressLook;
    return next;
  }

  static void log(const Observed& seen, const Decision& decision) {
    for (const kube::Event& event : decision.events) {
      logging::info("decided", {{"namespace", seen.namespace_name},
                                {"migration", seen.name},
                                {"reason", event.reason},
                                {"note", event.note}});
    }
  }

  kube::Api& api_;
  const Settings settings_;
  const JobOptions options_;
  Observer observer_;
  Slots slots_;
};

}  // namespace

runtime::Reconcile make_controller(kube::Api& api, const runtime::Caches& caches, const Clock& clock,
                                   const Settings& settings) {
  const auto controller = std::make_shared<Controller>(api, caches, clock, settings);
  return [controller](const runtime::ObjectName& name) { return controller->look(name); };
}

}  // namespace reconcile
