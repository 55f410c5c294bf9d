// migrator/postgres/outside.h: a step with statements that can't run in a transaction. Private to this folder.
#pragma once
#include "migrator/postgres/apply_session.h"
#include "migrator/postgres/transactional.h"

namespace postgres {

/// Flow: the journal row `running` is committed; each group of statements is a transaction with its progress in it, or
/// stands alone and is followed by its progress; ledger and journal rows end it. Settings that the file SETs last until
/// its end; a resumed step sets them again.
/// Guarantees: killed anywhere, a resumed call goes on at the group that wasn't recorded, after asking its probe.
std::optional<StepError> apply_outside(ApplySession&, const Prepared&);

}  // namespace postgres
