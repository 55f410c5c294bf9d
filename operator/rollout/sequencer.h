// operator/rollout/sequencer.h: the state machine of a sequence; sequence.cc has the flow, forward.cc and back.cc the
// steps. Private to this folder.
#pragma once
#include <string>

#include "operator/rollout/sequence.h"

namespace rollout {

class Sequencer {
 public:
  Sequencer(const Observed& seen, Status& status) : seen_(seen), status_(status) {}
  Turn take();

 private:
  Sequence& sequence() { return status_.sequence; }
  const ColourSeen& fresh() const { return seen_.colour(status_.sequence.to); }
  const ColourSeen& old() const { return seen_.colour(other(status_.sequence.to)); }
  std::string fresh_name() const { return seen_.spec.deployment(status_.sequence.to); }
  std::string old_name() const { return seen_.spec.deployment(other(status_.sequence.to)); }
  std::chrono::seconds in_step() const;
  std::string ends_at(std::chrono::milliseconds after_its_start) const;

  // What comes before the step's own work. True: the turn is settled.
  bool take_abort();
  bool take_new_target();
  bool take_new_template();
  bool take_contest();
  std::string contest() const;  // what others changed; empty: nothing
  bool is_expected_selector() const;
  void step();

  // The steps.
  void start();
  void check();
  void expand();
  void approve();
  void switch_over();
  void route(const ColourSeen& to);
  void verify();
  void drain();
  void stop_old();
  void contract();
  void switch_back();
  void stop_new();

  // Parts of steps.
  void await_available();
  bool has_fresh_pods();  // false: the turn is settled, the step has failed
  bool keeps_serving();   // after the switch; as above
  enum class Checks { kPassed, kSettled };
  Checks run_checks(const std::vector<Check>&);
  void retry_checks(const std::string& why);
  void scale(const std::string& deployment, const ColourSeen&, int replicas);
  void set_selector(const nlohmann::json& selector, Colour active);

  // How a look at a step ends.
  void wait(const std::string& why, std::chrono::milliseconds = std::chrono::seconds(2));
  void passed(const std::string& note);
  void fail(const std::string& reason, const std::string& message);
  void enter(Step);
  void finish(Step outcome);
  void acted(Action);
  void say(bool warning, const std::string& reason, const std::string& note);

  const Observed& seen_;
  Status& status_;
  Turn turn_;
};

/// Whether a Service with this selector sends traffic to pods with these labels. An empty selector selects nothing.
bool selects(const nlohmann::json& selector, const nlohmann::json& labels);

}  // namespace rollout
