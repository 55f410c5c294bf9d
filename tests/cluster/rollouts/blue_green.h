// tests/cluster/rollouts/blue_green.h: the application in two colours, and the DatabaseRollout `people` that takes the
// traffic from one to the other.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cluster/rollouts/load.h"
#include "tests/cluster/rollouts/people.h"

namespace rollouts {

/// Blue is version 1, green is version 2; two pods in the colour that serves. An operator must run meanwhile.
class BlueGreen {
 public:
  /// Everything is in place, DatabaseMigration and DatabaseRollout wait to be applied. `spec` is merged into the
  /// DatabaseRollout's.
  explicit BlueGreen(const World&, json spec = json::object());

  /// The very first release: nothing serves, the database is empty, Git wants Blue. Waits until it does.
  [[nodiscard]] bool release_first() const;
  /// Blue has served for long, without us: its DatabaseRollout finds it so. Waits until it has.
  [[nodiscard]] bool adopt_blue() const;

  /// Git's next commit: the files of version 2 and target Green. `files` in place of migrations_of_2().
  void release_green() const;
  void release_green(const support::Files& files) const;
  void annotate(const std::string& key, const std::string& value) const;
  /// From now on pods of version 2 fail at this endpoint: "verify", which no user calls, or "readyz".
  void let_green_fail(const std::string& endpoint) const;

  /// Waits until a field of the DatabaseRollout, as JSONPath "{.status.sequence.step}", has this value.
  [[nodiscard]] bool waits(const std::string& field, const std::string& value, int seconds = 240) const;

  json resource() const { return world_.get("databaserollout", "people"); }
  std::string condition(const std::string& type) const;  // "True/UpToDate", of the current generation; "": absent
  std::string selected() const;                          // the Service's colour
  int replicas(const std::string& colour) const;
  bool has_column(const std::string& column) const;
  /// What `kubectl describe dbr` tells at its end: reason to how often.
  std::map<std::string, int> events() const;
  std::string description() const;
  std::string tables() const;  // kubectl get
  std::string story() const;

 private:
  void apply_rollout(const std::string& target) const;
  void apply_migration(const std::string& files) const;
  const World& world_;
  json spec_;
};

/// Lets what was done last show, ends the load, writes the row and, beside it, what kubectl tells at the end; the
/// load's summary. A failed request fails the test, and so does a load that ended before the sequence.
json end_case(const std::string& name, const Load&, const BlueGreen&, const std::string& at_the_end);

}  // namespace rollouts
