// common/spec/requires.h: the annotation `sluice.dev/requires` on pods and pod templates: which revisions of which
// database the code inside works with.
#pragma once
#include <string>
#include <vector>

namespace spec {

/// One entry: `NAME>=A`, `NAME<B` or `NAME>=A <B`; at least one bound. NAME is a DatabaseMigration of the pod's own
/// namespace, or NAMESPACE/NAME.
struct Requirement {
  std::string namespace_name = {};  // empty: the pod's own
  std::string name = {};
  std::string at_least = {};  // this revision is applied; empty: no lower bound
  std::string before = {};    // this revision is not applied; empty: no upper bound
  bool operator==(const Requirement&) const = default;
};

struct Requirements {
  std::vector<Requirement> entries = {};  // meaningful only where problem is empty
  std::string problem = {};               // one sentence that quotes what is wrong
};

/// Reads entries separated by commas. Strict: nothing is guessed. A revision is written as its id; `head`, `heads` and
/// `base` mean another one tomorrow and are refused. A database named twice is refused.
[[nodiscard]] Requirements parse_requires(const std::string& annotation);

/// "NAME>=A <B", as it is written.
std::string to_text(const Requirement&);

}  // namespace spec
