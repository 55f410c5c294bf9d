// tests/operator/reconcile/rows.h: every row of the table of states (operator-protocol, Status 5), for whoever must
// make something of it: the operator itself, its gate, kubectl, Helm, Argo CD.
#pragma once
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/operator/reconcile/story.h"

namespace story {

struct Row {
  const char* name;
  std::function<void(Story&)> happens;
  const char* state;  // Ready / Reconciling / Stalled / reason

  bool is_ready() const { return std::string(state).starts_with("True/"); }
  bool is_stalled() const { return std::string(state).starts_with("False/-/True/"); }
  std::string reason() const { return std::string(state).substr(std::string(state).rfind('/') + 1); }
};
void PrintTo(const Row&, std::ostream*);

const std::vector<Row>& rows();

/// The resource as the API server would show it once the row has happened.
nlohmann::json resource(const Row&);

}  // namespace story
