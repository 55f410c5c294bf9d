#include "migrator/postgres/probe.h"

#include "common/error.h"
#include "migrator/postgres/advisory.h"
#include "migrator/sql/words.h"

namespace postgres {
namespace {

using Answer = Probed::Answer;

std::string qualified(const std::string& schema, const std::string& name) {
  return (schema.empty() ? "" : quote_identifier(schema) + ".") + quote_identifier(name);
}

// to_regclass sees names as the session's own search_path does.
std::string regclass(const std::string& schema, const std::string& name) {
  return "pg_catalog.to_regclass(" + quote_literal(qualified(schema, name)) + ")";
}

// Whether a session builds this index, or rebuilds one of this table's. Without pg_read_all_stats another role's build
// shows its pid alone: then the lock that it holds on the table all the time tells which table.
std::string being_built_sql(const std::string& is_named) {
  return "EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE " + is_named +
         " OR (p.relid IS NULL AND EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.pid = p.pid AND l.granted"
         " AND l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock' AND l.relation = i.indrelid"
         " AND l.database = " +
         kDatabaseSql + ")))";
}

std::string after_using(const std::string& definition) {
  const std::size_t at = definition.find(" USING ");
  return at == std::string::npos ? definition : definition.substr(at);
}

// CREATE [UNIQUE] INDEX CONCURRENTLY … ON t REST, as a plain index without a name on `copy`.
std::string on_empty_copy(const PlannedStatement& planned, const std::string& copy) {
  const std::string_view text = planned.statement.text;
  sql::Words words(text);
  words.accept("CREATE");
  const bool unique = words.accept("UNIQUE");
  words.accept("INDEX", "CONCURRENTLY");
  words.accept("IF", "NOT", "EXISTS");
  words.name();
  words.accept("ON");
  words.accept("ONLY");
  words.name();
  const std::string rest(words.at_end() ? std::string_view() : text.substr(words.token().begin));
  return std::string("CREATE ") + (unique ? "UNIQUE " : "") + "INDEX ON " + copy + " " + rest;
}

// The server itself says what the statement's definition is: on an empty copy of the table, rolled back. In `schema`,
// the table's own: whoever may index it may create there, and perhaps no temporary table.
bool has_same_definition(ApplySession& session, const PlannedStatement& planned, const std::string& schema,
                         const std::string& existing) {
  const sql::Traits traits = planned.traits();
  const std::string copy = qualified(schema, "sluice: copy");
  Message message;
  message.add(Part::kBegin, "BEGIN");
  message.add(Part::kReset,
              "CREATE TABLE " + copy + " (LIKE " + qualified(traits.table_schema, traits.table_name) + ")");
  message.add(Part::kReset, on_empty_copy(planned, copy));
  message.add(Part::kProbe,
              "SELECT pg_catalog.pg_get_indexdef(indexrelid) FROM pg_catalog.pg_index WHERE indrelid = "
              "pg_catalog.to_regclass(" +
                  quote_literal(copy) + ")");
  message.add(Part::kCommit, "ROLLBACK");
  const Reply reply = session.send(message, {}, ApplySession::Ends::kIdle);
  if (reply.error || !reply.probed) {
    session.recover();
    return false;
  }
  const std::string wanted = (*reply.probed)[0].value_or("");
  const bool unique_alike = (wanted.rfind("CREATE UNIQUE", 0) == 0) == (existing.rfind("CREATE UNIQUE", 0) == 0);
  return unique_alike && after_using(wanted) == after_using(existing);
}

Probed probe_create(ApplySession& session, const PlannedStatement& planned, bool resumed) {
  const sql::Traits traits = planned.traits();
  const std::string table = regclass(traits.table_schema, traits.table_name);
  const std::optional<Row> row = session.probe(
      "SELECT i.indisvalid, i.indrelid = " + table + ", " + being_built_sql("p.index_relid = c.oid") +
      ", pg_catalog.pg_get_indexdef(c.oid), pg_catalog.quote_ident(n.nspname) || '.' || "
      "pg_catalog.quote_ident(c.relname), n.nspname"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = " +
      quote_literal(traits.object_name) +
      " AND c.relnamespace = (SELECT t.relnamespace FROM pg_catalog.pg_class t WHERE t.oid = " + table + ")");
  if (!row) return {};
  if ((*row)[2] == "t") return {.answer = Answer::kBusy};
  if ((*row)[1] != "t") return {};  // that name belongs to another table's index: the server will say so
  if ((*row)[0] != "t") return {.clean_up = "DROP INDEX CONCURRENTLY " + (*row)[4].value_or("")};
  if (resumed && has_same_definition(session, planned, (*row)[5].value_or(""), (*row)[3].value_or("")))
    return {.answer = Answer::kDone};
  return {};
}

Probed probe_drop(ApplySession& session, const PlannedStatement& planned, bool resumed) {
  const sql::Traits traits = planned.traits();
  const std::optional<Row> row =
      session.probe("SELECT " + regclass(traits.object_schema, traits.object_name) + " IS NULL");
  return {.answer = resumed && row && (*row)[0] == "t" ? Answer::kDone : Answer::kRun};
}

Probed probe_detach(ApplySession& session, const PlannedStatement& planned, bool resumed) {
  const sql::Traits traits = planned.traits();
  const std::string parent = regclass(traits.object_schema, traits.object_name);
  const std::string child = regclass(traits.table_schema, traits.table_name);
  const std::optional<Row> row = session.probe(
      "SELECT inhdetachpending FROM pg_catalog.pg_inherits WHERE inhrelid = " + child + " AND inhparent = " + parent);
  if (row && (*row)[0] == "t") {
    return {.instead = "ALTER TABLE " + qualified(traits.object_schema, traits.object_name) + " DETACH PARTITION " +
                       qualified(traits.table_schema, traits.table_name) + " FINALIZE"};
  }
  if (row || !resumed) return {};
  const std::optional<Row> exists = session.probe("SELECT " + child + " IS NOT NULL AND " + parent + " IS NOT NULL");
  return {.answer = exists && (*exists)[0] == "t" ? Answer::kDone : Answer::kRun};
}

// Whether a broken copy (index i, c in schema n) is of what the statement names: the table, one index, or everything.
std::string covered_by_reindex(const PlannedStatement& planned) {
  const sql::Traits traits = planned.traits();
  sql::Words words(planned.statement.text);
  words.accept("REINDEX");
  words.skip_parentheses();
  if (words.is("SCHEMA")) return "n.nspname = " + quote_literal(traits.object_name);
  if (words.is_any({"DATABASE", "SYSTEM"})) return "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";
  const std::string object = regclass(traits.object_schema, traits.object_name);
  // A copy's name is cut, by whole characters, to the 63 bytes that a name may have.
  const std::string copied = "pg_catalog.regexp_replace(c.relname::text, '_cc(new|old)[0-9]*$', '')";
  return "i.indrelid = " + object +
         " OR EXISTS (SELECT FROM pg_catalog.pg_index own JOIN pg_catalog.pg_class o ON o.oid = own.indexrelid"
         " WHERE own.indexrelid = " +
         object + " AND own.indrelid = i.indrelid AND (" + copied +
         " = o.relname::text OR (pg_catalog.octet_length(c.relname::text) >= 60 AND pg_catalog.strpos(" +
         "o.relname::text, " + copied + ") = 1)))";
}

// A broken REINDEX CONCURRENTLY leaves invalid copies NAME_ccnew, or the old one as NAME_ccold.
Probed probe_reindex(ApplySession& session, const PlannedStatement& planned) {
  const std::optional<Row> row =
      session.probe("SELECT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname), " +
                    being_built_sql("p.relid = i.indrelid") +
                    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
                    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                    " WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND (" +
                    covered_by_reindex(planned) + ") ORDER BY n.nspname, c.relname LIMIT 1");
  if (!row) return {};
  if ((*row)[1] == "t") return {.answer = Answer::kBusy};
  return {.clean_up = "DROP INDEX CONCURRENTLY " + (*row)[0].value_or("")};
}

// ALTER SUBSCRIPTION … ADD or DROP PUBLICATION: all that it names are there, or none is.
Probed probe_publications(ApplySession& session, const PlannedStatement& planned, bool resumed) {
  if (!resumed) return {};
  sql::Words words(planned.statement.text);
  words.accept("ALTER", "SUBSCRIPTION");
  const std::string subscription = words.name().name;
  const bool adds = words.is("ADD");
  words.advance();
  words.accept("PUBLICATION");
  std::string names;
  for (bool more = true; more; words.advance()) {
    names += (names.empty() ? "" : ", ") + quote_literal(words.name().name);
    more = words.is_symbol(',');
  }
  const std::string named = "ARRAY[" + names + "]::pg_catalog.text[]";
  const std::optional<Row> row =
      session.probe("SELECT " + (adds ? "s.subpublications @> " + named : "NOT s.subpublications && " + named) +
                    " FROM pg_catalog.pg_subscription s WHERE s.subname = " + quote_literal(subscription) +
                    " AND s.subdbid = " + kDatabaseSql);
  return {.answer = row && (*row)[0] == "t" ? Answer::kDone : Answer::kRun};
}

}  // namespace

Probed probe(ApplySession& session, const PlannedStatement& planned, bool resumed) {
  switch (planned.probe) {
    case sql::ProbeKind::kCreateIndexConcurrently:
      return probe_create(session, planned, resumed);
    case sql::ProbeKind::kDropIndexConcurrently:
      return probe_drop(session, planned, resumed);
    case sql::ProbeKind::kDetachPartition:
      return probe_detach(session, planned, resumed);
    case sql::ProbeKind::kReindexConcurrently:
      return probe_reindex(session, planned);
    case sql::ProbeKind::kAlterPublications:
      return probe_publications(session, planned, resumed);
    case sql::ProbeKind::kNone:
      break;
  }
  return {};
}

bool says_already_done(const PlannedStatement& planned, const std::string& sqlstate) {
  const std::string verb = planned.traits().verb;
  if (verb == "CREATE DATABASE") return sqlstate == "42P04";
  if (verb == "CREATE TABLESPACE" || verb == "CREATE SUBSCRIPTION") return sqlstate == "42710";
  if (verb == "DROP DATABASE") return sqlstate == "3D000";
  // Alone, these two are of a prepared transaction.
  if (verb == "COMMIT" || verb == "ROLLBACK") return sqlstate == "42704";
  if (verb == "DROP TABLESPACE" || verb == "DROP SUBSCRIPTION") return sqlstate == "42704";
  return false;
}

}  // namespace postgres
