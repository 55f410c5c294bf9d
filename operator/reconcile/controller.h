// operator/reconcile/controller.h: observe → decide → carry out, as the workers call it.
#pragma once
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/spec/pod_template.h"
#include "operator/kube/api.h"
#include "operator/runtime/caches.h"
#include "operator/runtime/worker.h"

namespace reconcile {

/// What the operator was started with.
struct Settings {
  std::string migrator_image = {};
  int workers = 4;                                      // looks at once
  int max_running = 10;                                 // runs at once, over all resources; 0: no limit
  bool progress_from_logs = false;                      // the right to read pods' logs was given
  std::string migrator_pull_policy = {};                // of the migrator's image; empty: Kubernetes' default
  std::vector<std::string> migrator_pull_secrets = {};  // for the migrator's image
  spec::PodPolicy policy = {};                          // what a podTemplate may ask for
  std::chrono::seconds contract_quiet{60};              // no change among consumers for so long before contract
};

/// One look at one DatabaseMigration. Concurrent looks at different names are fine. What is passed must outlive it.
runtime::Reconcile make_controller(kube::Api&, const runtime::Caches&, const Clock&, const Settings&);

}  // namespace reconcile
