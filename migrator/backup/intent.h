// migrator/backup/intent.h: what a restore is about to do, written where a later run finds it. Private to this folder.
#pragma once
#include <optional>
#include <string>

#include "migrator/backup/restore.h"
#include "migrator/postgres/session.h"

namespace backup {

/// One row in table sluice_restore of the database that is to be restored. In place, the table is dropped by the very
/// transaction that restores; a swap drops it once the new database is ready.
struct Intent {
  Backup from = {};
  std::string run = {};
  std::string after_sql = {};
  std::string work = {};    // the database a swap restores into
  std::string before = {};  // what the old database is called after a swap
  bool in_place = false;    // decided; a swap that can't be continued may still end in place
  bool by_hand = false;
  bool made_schema = false;
};

/// none: no restore was left here.
std::optional<Intent> read_intent(postgres::Session&);
/// Replaces an earlier one. In schema sluice, or in the ledger's where that can't be made.
void write_intent(postgres::Session&, Intent);
void forget_intent(postgres::Session&);

}  // namespace backup
