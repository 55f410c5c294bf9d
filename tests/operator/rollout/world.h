// tests/operator/rollout/world.h: two Deployments, a Service and a migration as plain values; decide() is asked, and
// what it decided is done to them, as far as the process lives.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "operator/rollout/decide.h"

namespace world {

using rollout::Colour;
using rollout::Decision;
using rollout::Observed;
using rollout::Step;

/// What a spec may ask for at its steps Check, Recheck and Verify.
inline const std::vector<rollout::Check> kOneCheck = {{.name = "health", .is_http = true, .port = 80}};

/// Blue serves with three pods, green has none; the spec asks for Blue: nothing to do, and nobody looked yet.
Observed quiet();

class World {
 public:
  World() : seen(quiet()) {}

  /// One look of the operator. Killed after `writes` writes of what it decided; -1: it lives.
  Decision look(int writes = -1);
  /// Looks until nothing more is due at once, while pods, endpoints and Jobs follow; at most 60.
  void settle();
  /// Asks for Green and looks until the sequence stands at this step; false: it never came there.
  bool comes_to(Step);

  // What others do.
  /// Deployments' controllers and kubelets: pods and counts follow the replicas, endpoints the selector.
  void follow();
  /// The pods of this colour never become ready; or do so again.
  void breaks(Colour, bool = true);
  void later(std::chrono::seconds);
  void wants(Colour);
  /// The Job of checks under way ends so.
  void checks_end(int code, const std::string& message = {});
  void migration(const std::string& ready, const std::string& reason);  // "True", "False", "Stalled"

  rollout::ColourSeen& blue() { return seen.blue; }
  rollout::ColourSeen& green() { return seen.green; }
  Step step() const { return seen.status.sequence.step; }
  std::string condition(const std::string& type) const;  // "True/UpToDate"; "-": absent
  /// Whose pods the Service selects now; none: nobody's.
  std::optional<Colour> served() const;

  Observed seen;
  std::vector<std::string> told = {};  // reasons of events, in order
  bool checks_pass = true;             // Jobs of checks end by themselves, so

 private:
  void do_action(const rollout::Action&);
  rollout::ColourSeen& named(const std::string& deployment) {
    return deployment == seen.spec.blue ? seen.blue : seen.green;
  }
  bool broken_[2] = {false, false};
  int version_ = 1;
};

}  // namespace world
