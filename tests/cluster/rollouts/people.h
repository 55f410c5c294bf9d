// tests/cluster/rollouts/people.h: the application that is rolled out (tests/cluster/images/people), its migrations and
// what stands in a team's Git for it.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/cluster.h"

namespace rollouts {

using nlohmann::json;
using support::World;

/// What version 1 needs: table people with column name.
support::Files migrations_of_1();
/// And version 2: 002 adds full_name and keeps both columns equal, so that both versions work; 003, of phase contract,
/// drops name, and with it version 1. It fails while a pod of version 1 is connected: the database itself sees to it
/// that the old code never meets a contracted schema.
support::Files migrations_of_2();

/// The Secret and ConfigMaps the manifests below name: `app` with the application's URL, `migrations-1` and
/// `migrations-2`. Secret `db` with Sluice's URL is the world's own.
void prepare(const World&);

struct Release {
  std::string name = "people";  // of the Deployment; label app
  std::string version = "1";    // label version
  std::string colour = {};      // label colour, also of the Deployment's selector and behind its name; empty: none
  int replicas = 4;
  json labels = json::object();          // further ones of the pods
  json annotations = json::object();     // of the pods
  json init_containers = json::array();  // before the application
  json volumes = json::array();
};

/// spec.template of a Deployment or a Rollout: with what zero loss asks of an application (operator-protocol, Roll-outs
/// 4): readiness, preStop sleep of 10 s, a grace period longer than that and the longest request.
json pod_template(const Release&);
/// maxUnavailable 0.
json deployment(const Release&);
/// Port 80 to the application's; `selector` may be null: someone else's then.
json service(const std::string& name, const json& selector);

/// Migrates with the files of ConfigMap `migrations-VERSION` in a pod of its own, as far as `phase` (expand, all) lets
/// it; false where that failed or took longer than a minute.
bool migrate(const World&, const std::string& version, const std::string& phase);
/// `release` with what the library chart charts/sluice-init gives to its pods: init containers that migrate, labels,
/// annotations, volumes; rendered by helm through the example's chart.
Release with_init_containers(Release release, const std::string& at_least, const std::string& before);

/// Waits until the Deployment's pods, and no others, are ready and up to date; false after `seconds`.
bool rolled_out(const World&, const std::string& deployment, int seconds = 120);
/// Waits until no pod with these labels is left, Terminating ones included.
bool pods_gone(const World&, const std::string& selector, int seconds = 120);
/// What to print when a case fails.
std::string story(const World&);

}  // namespace rollouts
