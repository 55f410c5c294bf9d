#include "common/error.h"
#include "migrator/run/phases.h"

namespace run {
namespace {

// One statement for everything there is to know. has_*_privilege with a missing object raises, so each is asked only
// where its object exists.
constexpr const char* kFacts = R"(
SELECT pg_catalog.pg_is_in_recovery(),
       current_user,
       n.oid IS NOT NULL,
       c.oid IS NOT NULL,
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false),
       coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), false),
       coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_table_privilege(c.oid, 'INSERT')
                AND pg_catalog.has_table_privilege(c.oid, 'UPDATE')
                AND pg_catalog.has_table_privilege(c.oid, 'DELETE'), false),
       EXISTS (SELECT FROM pg_catalog.pg_foreign_server)
         OR EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'dblink')
         OR EXISTS (SELECT FROM pg_catalog.pg_language WHERE NOT lanpltrusted AND lanname NOT IN ('internal', 'c'))
FROM (SELECT 1) AS one
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $1
LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = $2)";

bool is_true(const postgres::Value& value) { return value && (*value == "t" || *value == "true"); }

[[noreturn]] void missing_privilege(const Context& run, const std::string& what, const std::string& grant) {
  throw TransientError("role \"" + run.facts.user + "\" is not allowed to " + what + " (42501): " + grant,
                       report::ExitCode::kNotAllowed);
}

void check_privileges(const Context& run, const postgres::Row& facts) {
  const std::string schema = postgres::quote_identifier(run.request.spec.ledger.schema);
  const std::string role = postgres::quote_identifier(run.facts.user);
  if (!is_true(facts[2])) {
    throw PermanentError("the ledger's schema " + schema + " does not exist: create it, or name another with --ledger",
                         report::ExitCode::kUsage);
  }
  if (!is_true(facts[4])) {
    missing_privilege(run, "use schema " + schema, "GRANT USAGE ON SCHEMA " + schema + " TO " + role);
  }
  if (!is_true(facts[3]) && !is_true(facts[5])) {
    missing_privilege(run, "create the version table " + run.ledger->name(),
                      "GRANT CREATE ON SCHEMA " + schema + " TO " + role);
  }
  if (is_true(facts[3]) && !is_true(facts[6])) {
    missing_privilege(run, "read and write the version table " + run.ledger->name(),
                      "GRANT SELECT, INSERT, UPDATE, DELETE ON " + run.ledger->name() + " TO " + role);
  }
}

/// Before the backup: an attempt that can't begin to apply would else make one each time.
void check_journal(Context& run) {
  postgres::Session& session = run.lock->session();
  const auto rows = run.ledger->read(session).value_or(std::vector<std::string>());
  const std::string grants = run.journal.missing_grants(session, rows);
  if (!grants.empty()) missing_privilege(run, "keep the journal of " + run.ledger->name(), grants);
}

postgres::Row look(Context& run, postgres::Session& session) {
  run.facts.dialect = session.dialect();
  const spec::Ledger& ledger = run.request.spec.ledger;
  postgres::Row facts = session.query(kFacts, {ledger.schema, ledger.table}).at(0);
  run.facts.user = facts[1].value_or("");
  run.facts.calls_out = is_true(facts[7]);
  return facts;
}

}  // namespace

void learn_facts(Context& run, postgres::Session& session) { look(run, session); }

void preflight(Context& run) {
  const postgres::Row facts = look(run, run.lock->session());
  if (is_true(facts[0])) {
    throw TransientError("this server is a standby (25006): point the migrator at the primary");
  }
  check_privileges(run, facts);
  check_journal(run);
}

}  // namespace run
