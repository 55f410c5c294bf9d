// tests/cluster/rollouts/load.h: requests that real clients send to a Service while it is rolled out, and the table of
// what became of them.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/cluster.h"

namespace rollouts {

/// A pod that sends 100 requests a second, without retries, for at most two minutes (tests/cluster/images/people/load):
/// half over connections of their own, half over ten that are kept.
class Load {
 public:
  /// Starts it and waits for its first second of answers.
  explicit Load(const support::World&, const std::string& service = "people");

  /// The counts so far; null where the pod doesn't answer (any more).
  nlohmann::json report() const;
  /// Lets two more seconds of answers pass, so that what has just been done shows; or the load's own end.
  void settle() const;
  /// Ends it; its summary. Throws std::runtime_error where there is none.
  nlohmann::json stop() const;

 private:
  const support::World& world_;
  bool has_ended() const;
  std::string pod_, address_ = {};
};

/// "1 -> 1 and 2 -> 2": which versions answered, in the order of time.
std::string served(const nlohmann::json& summary);

/// Writes the row of case `name` of the table that tests/cluster/rollouts/table.sh prints; another run of the same
/// case replaces it. `end` says what the declared end state is, as the test found it.
void record(const std::string& name, const std::vector<nlohmann::json>& summaries, const std::string& end);

/// Writes further text about the case beside its row.
void keep(const std::string& name, const std::string& text);

}  // namespace rollouts
