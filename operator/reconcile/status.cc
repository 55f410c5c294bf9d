#include "operator/reconcile/status.h"

namespace reconcile {

std::optional<report::Answer> answer_about(const Status& status, const std::string& id) {
  for (const RevisionStatus& each : status.revisions) {
    if (each.id == id) return each.answer;
  }
  return std::nullopt;
}

}  // namespace reconcile
