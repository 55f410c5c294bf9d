// migrator/postgres/probe.h: "already done?" for statements that can't run in a transaction, since a crash can fall
// between the statement and its journal row (run-protocol, "A non-transactional step" 1). Private to this folder.
#pragma once
#include <string>

#include "migrator/postgres/apply_session.h"

namespace postgres {

struct Probed {
  enum class Answer {
    kRun,   // not done
    kDone,  // done, by an earlier run that died before it could say so
    kBusy,  // another session is building that index right now
  };
  Answer answer = Answer::kRun;
  std::string clean_up = {};  // one statement to run before it, alone; empty: none. Drops what a failed build left
  std::string instead = {};   // to run instead of the file's words; empty: as in the file
};

/// `resumed`: an earlier run may have done it. Only then can the answer be kDone: a first run's DROP INDEX of an index
/// that isn't there is a mistake to be told, and so is an index that exists already.
/// Left-overs of the very index that the statement names are cleaned up in any case, never while
/// pg_stat_progress_create_index shows it being built. Throws as Session.
Probed probe(ApplySession&, const PlannedStatement&, bool resumed);

/// Whether the error that a resumed statement met says that it had been done: CREATE DATABASE of one that exists, DROP
/// of one that doesn't (databases, tablespaces, subscriptions), COMMIT or ROLLBACK of a prepared transaction that is
/// gone.
bool says_already_done(const PlannedStatement&, const std::string& sqlstate);

}  // namespace postgres
