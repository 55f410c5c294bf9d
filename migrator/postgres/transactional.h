// migrator/postgres/transactional.h: steps that are one transaction each. Private to this folder.
#pragma once
#include "migrator/postgres/apply_session.h"

namespace postgres {

/// A step with its script cut; the step must outlive it.
struct Prepared {
  const StepSql* step = nullptr;
  ScriptPlan plan = {};
};
Prepared prepare(const StepSql&, const sql::Dialect&);

/// Flow: small steps go several in one message, each with its own BEGIN and COMMIT, so that none costs a round trip; a
/// large one goes in windows inside one open transaction. A lock timeout or deadlock rolls the step back and it is
/// tried again. Guarantees: `done` steps are committed, the next is rolled back, the rest never ran; afterwards the
/// session is reset. Throws as ApplySession::send.
std::optional<StepError> apply_transactional(ApplySession&, const std::vector<Prepared>&, std::size_t& done);

/// All in one transaction.
std::optional<StepError> apply_together(ApplySession&, const std::vector<Prepared>&);

}  // namespace postgres
