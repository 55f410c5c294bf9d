// migrator/sql/statement.h: a script cut into statements by a real lexer, and what each statement is. Pure.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sql {

/// How the session that is to run it takes a statement.
struct Dialect {
  int server_version = 150000;   // as PQserverVersion (150004); ADD VALUE stands in a transaction from 12
  bool standard_strings = true;  // standard_conforming_strings, which a database or a role may set off
};

/// One statement of a script, without its `;`. Views into the script's text, which must outlive it.
struct Statement {
  std::string_view text = {};                      // leading blanks and comments left out
  std::size_t offset = 0;                          // of text, in bytes from the script's start
  int line = 1;                                    // 1-based, where text begins
  std::optional<std::string_view> copy_data = {};  // COPY … FROM STDIN: the rows as written, up to (not with) `\.`
  bool standard_strings = true;                    // Dialect's, where it stands
};

/// Why a script can't be cut: an unterminated quote, comment or dollar quote, a psql command, COPY data without end.
struct SplitProblem {
  int line = 1;
  std::string message = {};
};

struct Script {
  std::vector<Statement> statements = {};
  std::optional<SplitProblem> problem = {};  // then statements holds what came before
};

/// Knows '…', E'…', U&'…', "…", $tag$…$tag$, nested /* */, BEGIN ATOMIC … END, CREATE RULE (…;…), COPY data, a BOM.
/// psql's `\restrict`, `\unrestrict` and `\.` are skipped; any other `\` line is a problem that names it.
/// `standard_strings`: Dialect's, until a SET in the script itself says otherwise.
[[nodiscard]] Script split(std::string_view script, bool standard_strings = true);

/// What a non-transactional statement did, so that a rerun can ask whether it is done (run-protocol, non-transactional
/// 1).
enum class ProbeKind {
  kNone,
  kCreateIndexConcurrently,
  kDropIndexConcurrently,
  kDetachPartition,
  kReindexConcurrently,
  kAlterPublications
};

struct Traits {
  bool outside_transaction = false;      // can't run inside a transaction block
  std::string why_outside = {};          // "CREATE INDEX CONCURRENTLY"
  bool may_refuse_transaction = false;   // as the catalog says: of a partitioned table, a CALL that commits
  bool may_commit = false;               // CALL, DO: what it committed before it failed stands
  bool repeatable = false;               // REINDEX, CLUSTER: a second time does no harm
  bool transaction_control = false;      // BEGIN, START TRANSACTION, COMMIT, END, ROLLBACK, ABORT, PREPARE TRANSACTION
  bool begins = false, commits = false;  // BEGIN/START TRANSACTION; COMMIT/END
  bool savepoint = false;                // SAVEPOINT, RELEASE, ROLLBACK TO: allowed
  bool copy_from_stdin = false;
  bool changes_lexing = false;  // SET standard_conforming_strings, client_encoding, backslash_quote
  bool calls_out = false;       // dblink, COPY … PROGRAM; CREATE SERVER and what else lets others: never asynchronous
  bool destructive = false;     // losing.h
  bool concurrently = false;
  ProbeKind probe = ProbeKind::kNone;
  // Unquoted: of the index, the parent table, the subscription, or what REINDEX names; the schema may be empty.
  std::string object_schema = {}, object_name = {};
  std::string table_schema = {}, table_name = {};  // index's table; for DETACH the partition
  bool unnamed_index = false;                      // CREATE INDEX CONCURRENTLY without a name: refused
  std::string verb = {};                           // "CREATE INDEX", "INSERT", for progress lines
};

[[nodiscard]] Traits classify(std::string_view statement, const Dialect& = {});

}  // namespace sql
