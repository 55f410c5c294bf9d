#include "operator/rollout/controller.h"

#include "common/log.h"
#include "operator/rollout/carry_out.h"
#include "operator/rollout/observe.h"

namespace rollout {
namespace {

// Everything is read anew, so what changed is seen at once.
constexpr std::chrono::milliseconds kAfterConflict{100};

void log(const Observed& seen, const Decision& decision) {
  for (const kube::Event& event : decision.events) {
    logging::info(
        "decided",
        {{"namespace", seen.namespace_name}, {"rollout", seen.name}, {"reason", event.reason}, {"note", event.note}});
  }
}

}  // namespace

runtime::Reconcile make_controller(kube::Api& api, const Clock& clock, const reconcile::Settings& settings) {
  const reconcile::JobOptions options{.migrator_image = settings.migrator_image,
                                      .pull_policy = settings.migrator_pull_policy,
                                      .pull_secrets = settings.migrator_pull_secrets};
  return [&api, &clock, options](const runtime::ObjectName& name) -> std::optional<std::chrono::milliseconds> {
    const std::optional<Observed> seen = observe(api, clock, name);
    if (!seen) return std::nullopt;
    const Decision decision = decide(*seen);
    log(*seen, decision);
    switch (carry_out(*seen, decision, api, options)) {
      case Carried::kOutdated:
        return kAfterConflict;
      case Carried::kGone:
        return std::nullopt;
      case Carried::kDone:
        return decision.check_again_in;
    }
    return std::nullopt;
  };
}

}  // namespace rollout
