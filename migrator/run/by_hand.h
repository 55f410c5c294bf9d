// migrator/run/by_hand.h: a backup or a restore that a person asks for (guides S2, S3).
#pragma once
#include <string>

#include "migrator/backup/restore.h"
#include "migrator/run/pipeline.h"

namespace run {

/// Takes a backup now; needs no lock. The result's heads are those in the backup. Older ones go as the spec says,
/// unless a run is at work.
report::Result back_up_by_hand(const Request&, const postgres::Target&, report::EventSink&, const Clock&,
                               const std::function<bool()>& cancelled);

struct RestoreByHand {
  Request run = {};                  // assume_yes: what was written since may be lost
  std::string backup = {};           // file name, path, run id, or "latest": the newest of this database and ledger
  bool from_other_database = false;  // the backup may be another database's: a copy of it is wanted here
  backup::Method method = backup::Method::kAuto;
};
/// Under the run's lock. 0: restored, and the version table is as the backup says. 2: no such backup, or another
/// database's or ledger's. 31: see the message. 40: --yes is missing.
report::Result restore_by_hand(const RestoreByHand&, const postgres::Target&, report::EventSink&, const Clock&,
                               const std::function<bool()>& cancelled);

}  // namespace run
