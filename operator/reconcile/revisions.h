// operator/reconcile/revisions.h: what the migrator is asked about the revisions that running code names, and what it
// answered. Pure.
#pragma once
#include <string>
#include <vector>

#include "common/spec/requires.h"
#include "operator/reconcile/observed.h"

namespace reconcile {

/// What the annotation of one consumer says of this resource.
struct Claim {
  spec::Requirement range = {};  // meaningful only without a problem
  std::string problem = {};      // no annotation, malformed, or it names only others; empty: `range` counts
};
Claim claim_of(const ObservedConsumer&, const Observed&);

/// The ids that consumers name for this resource: sorted, each once, at most report::kMostQuestions.
std::vector<std::string> questions_of(const Observed&);

/// Replaces status.revisions by the answers to run.questions. Where a run that may have changed the database gave none,
/// nothing is known any more.
void take_answers(Status&, const RunStatus& run, const std::string& answers);

}  // namespace reconcile
