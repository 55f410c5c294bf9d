// migrator/revisions/answers.h: where a revision stands between the database and the contract steps still to do. Pure.
#pragma once
#include <string>
#include <vector>

#include "common/report/answer.h"
#include "migrator/revisions/graph.h"

namespace revisions {

/// One report::Answer for each of `ids`, in their order. An id is found exactly, else as a number (5 finds 005), else
/// as a unique prefix; anything else is kUnknown. `rows`: the ledger's; `target`: where the database is to go,
/// absolute. Throws PermanentError(kHistoryMismatch) for a row or target that no file has.
std::string answers(const Graph&, const std::vector<std::string>& rows, const std::string& target,
                    const std::vector<std::string>& ids);

}  // namespace revisions
