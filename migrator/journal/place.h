// migrator/journal/place.h: the two schemas where the journal's tables may be, as one role sees them. Private to this
// folder.
#pragma once
#include <string>

#include "migrator/postgres/session.h"

namespace journal {

/// Schema `sluice`, or the ledger's.
struct Place {
  std::string schema = {};
  bool schema_exists = false, may_use = false, may_create = false;  // may_create: a table
  bool exists = false;                                              // its sluice_run
  bool may_select = false, may_write = false;                       // both tables
  std::string comment = {};                                         // of sluice_run
  bool has_ancestry = false, has_file = false;                      // columns of sluice_journal
  bool is_owner = false;                                            // of sluice_journal

  bool is_readable() const { return exists && may_use && may_select; }
  bool is_writable() const { return is_readable() && may_write && (has_all_columns() || is_owner); }
  bool has_all_columns() const { return has_ancestry && has_file; }
  bool takes_tables() const { return schema_exists && may_use && may_create; }
};

struct Places {
  Place own = {}, beside = {};
  bool may_create_schema = false;
  std::string database = {}, user = {};
};

/// One query; changes nothing, and asks nothing that a missing privilege would forbid.
Places look(postgres::Session&, const std::string& ledger_schema);

/// What an owner must say so that the role may write there, statements on one line.
std::string grants_to_write(const Place&, const Places&);
std::string grants_to_read(const Place&, const Places&);

/// Columns that came later. Additive, and older versions of this program name the columns they write: no shape of its
/// own.
std::string add_columns_sql(const std::string& schema_quoted);

}  // namespace journal
