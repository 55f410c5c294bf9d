// migrator/ledgers/ledger.h: a version table in some tool's shape. One file per tool; one conformance suite.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/spec/spec.h"
#include "migrator/postgres/session.h"
#include "migrator/revisions/plan.h"

namespace ledgers {

/// Owns no session. All SQL it writes is schema-qualified and needs no particular search_path.
class Ledger {
 public:
  virtual ~Ledger() = default;
  /// "public.alembic_version", for messages and for the lock's key.
  virtual std::string name() const = 0;
  /// "public"."alembic_version": quoted, for SQL.
  virtual std::string quoted() const = 0;
  /// The rows (heads), sorted; none: the table doesn't exist. Throws PermanentError(kHistoryMismatch): a table of
  /// another shape.
  virtual std::optional<std::vector<std::string>> read(postgres::Session&) const = 0;
  /// CREATE TABLE IF NOT EXISTS, varchar(255).
  virtual std::string create_sql() const = 0;
  /// The change as SQL for inside a step's message; raises unless every UPDATE or DELETE hits exactly one row
  /// (run-protocol, Lock 3).
  virtual std::string change_sql(const revisions::HeadChange&) const = 0;
  /// Longest id the real column takes; none: unlimited.
  virtual std::optional<int> max_id_length(postgres::Session&) const = 0;
};

/// Alembic's `version_num` table.
std::unique_ptr<Ledger> make_alembic_ledger(const spec::Ledger&);

}  // namespace ledgers
