// What a statement is, told from its words alone. The list of what can't run in a transaction was found by experiment
// (docs/run-protocol.md, "A non-transactional step" 2).
#include "migrator/sql/losing.h"
#include "migrator/sql/statement.h"
#include "migrator/sql/words.h"

namespace sql {
namespace {

void outside(Traits& traits, std::string why) {
  traits.outside_transaction = true;
  traits.why_outside = std::move(why);
}

void set_object(Traits& traits, Name name) {
  traits.object_schema = std::move(name.schema);
  traits.object_name = std::move(name.name);
}

void set_table(Traits& traits, Name name) {
  traits.table_schema = std::move(name.schema);
  traits.table_name = std::move(name.name);
}

// An option in WITH (…) or (…) that is switched off: connect = false.
bool has_option_off(Words words, std::string_view option) {
  for (; !words.at_end(); words.advance()) {
    if (!words.is(option)) continue;
    words.advance();
    if (words.is_symbol('=')) words.advance();
    if (words.is_any({"FALSE", "OFF"}) || words.view() == "0" || words.view() == "'false'" || words.view() == "'off'") {
      return true;
    }
  }
  return false;
}

bool mentions(Words words, std::initializer_list<std::string_view> keywords) {
  for (; !words.at_end(); words.advance()) {
    if (words.is_any(keywords)) return true;
  }
  return false;
}

void create_index(Traits& traits, Words words) {
  traits.verb = "CREATE INDEX";
  if (!words.accept("CONCURRENTLY")) return;
  outside(traits, "CREATE INDEX CONCURRENTLY");
  traits.concurrently = true;
  traits.probe = ProbeKind::kCreateIndexConcurrently;
  words.accept("IF", "NOT", "EXISTS");
  traits.unnamed_index = words.is("ON");
  if (!traits.unnamed_index) set_object(traits, words.name());
  words.accept("ON");
  words.accept("ONLY");
  set_table(traits, words.name());
}

// Behind CREATE: what makes it possible for any statement after it to reach another server.
bool opens_way_out(Words words) {
  while (words.is_any({"TRUSTED", "PROCEDURAL"})) words.advance();
  if (words.is_any({"SERVER", "LANGUAGE"})) return true;
  if (!words.accept("EXTENSION")) return false;
  words.accept("IF", "NOT", "EXISTS");
  const std::string name = words.name().name;
  return name == "dblink" || name.ends_with("_fdw") || (name.starts_with("pl") && name != "plpgsql");
}

void create(Traits& traits, Words words) {
  words.accept("OR", "REPLACE");
  words.accept("UNIQUE");
  traits.calls_out = opens_way_out(words);
  if (words.accept("INDEX")) return create_index(traits, words);
  if (words.is_any({"DATABASE", "TABLESPACE"})) return outside(traits, "CREATE " + std::string(words.view()));
  if (words.is("SUBSCRIPTION") && !has_option_off(words, "CONNECT") && !has_option_off(words, "CREATE_SLOT")) {
    outside(traits, "CREATE SUBSCRIPTION");
  }
}

void drop(Traits& traits, Words words) {
  if (words.is_any({"DATABASE", "TABLESPACE", "SUBSCRIPTION"})) {
    return outside(traits, "DROP " + std::string(words.view()));
  }
  if (words.accept("INDEX", "CONCURRENTLY")) {
    outside(traits, "DROP INDEX CONCURRENTLY");
    traits.concurrently = true;
    traits.probe = ProbeKind::kDropIndexConcurrently;
    words.accept("IF", "EXISTS");
    set_object(traits, words.name());
  }
}

// The actions of ALTER TABLE, separated by commas: which detach.
void alter_table(Traits& traits, Words words) {
  words.accept("IF", "EXISTS");
  words.accept("ONLY");
  const Name parent = words.name();
  if (words.is_symbol('*')) words.advance();
  for (bool action_begins = true; !words.at_end(); words.advance()) {
    if (action_begins && words.accept("DETACH", "PARTITION")) {
      const Name partition = words.name();
      traits.concurrently = words.is("CONCURRENTLY");
      if (traits.concurrently) {
        outside(traits, "DETACH PARTITION CONCURRENTLY");
        traits.probe = ProbeKind::kDetachPartition;
        set_object(traits, parent);
        set_table(traits, partition);
      }
    }
    action_begins = words.depth() == 0 && words.is_symbol(',');
  }
}

void alter(Traits& traits, Words words, int server_version) {
  if (words.is("SYSTEM")) return outside(traits, "ALTER SYSTEM");
  if (words.accept("FOREIGN", "TABLE") || words.accept("TABLE")) return alter_table(traits, words);
  if (words.accept("DATABASE")) {
    words.name();
    if (words.accept("SET", "TABLESPACE")) outside(traits, "ALTER DATABASE SET TABLESPACE");
  } else if (words.accept("SUBSCRIPTION")) {
    set_object(traits, words.name());
    const bool sets_slot = words.is("SET") && mentions(words, {"FAILOVER", "TWO_PHASE"});
    if (sets_slot || (mentions(words, {"REFRESH", "PUBLICATION"}) && !has_option_off(words, "REFRESH"))) {
      outside(traits, "ALTER SUBSCRIPTION");
      if (words.is_any({"ADD", "DROP"})) traits.probe = ProbeKind::kAlterPublications;
    }
  } else if (words.accept("TYPE")) {
    words.name();
    if (words.accept("ADD", "VALUE") && server_version < 120000) outside(traits, "ALTER TYPE ADD VALUE");
  }
}

void reindex(Traits& traits, Words words) {
  traits.verb = "REINDEX";
  traits.may_refuse_transaction = true;  // of a partitioned table or index
  traits.repeatable = true;
  if (words.is_symbol('(')) {
    traits.concurrently = mentions(words, {"CONCURRENTLY"}) && !has_option_off(words, "CONCURRENTLY");
    words.skip_parentheses();
  }
  const std::string kind(words.view());
  const bool whole = words.is_any({"DATABASE", "SYSTEM", "SCHEMA"});
  words.advance();
  traits.concurrently = words.accept("CONCURRENTLY") || traits.concurrently;
  set_object(traits, words.name());
  if (traits.concurrently) {
    traits.probe = ProbeKind::kReindexConcurrently;
    outside(traits, "REINDEX CONCURRENTLY");
  } else if (whole) {
    outside(traits, "REINDEX " + kind);
  }
}

// What a DO block in PL/pgSQL says that can end a transaction: COMMIT; or ROLLBACK; itself, or a CALL or DO that may.
// EXECUTE and functions can't: a procedure below them that commits is refused wherever it runs.
struct Ends {
  bool here = false, below = false;
};

Ends ends_inside(std::string_view body) {
  Ends ends;
  Words words(body);
  for (bool after_on = false; !words.at_end();) {
    const bool ends_word = !after_on && words.is_any({"COMMIT", "ROLLBACK"});  // not ON COMMIT DROP
    const bool nested = words.is("DO");                                        // not ON CONFLICT DO NOTHING
    ends.below = ends.below || words.is("CALL");
    after_on = words.is("ON");
    words.advance();
    ends.here = ends.here || (ends_word && (words.is_symbol(';') || words.is("AND")));
    ends.below = ends.below || (nested && (words.token().kind == TokenKind::kString || words.is("LANGUAGE")));
  }
  return ends;
}

// PL/pgSQL between dollar quotes is read; of what else there is nobody knows what it does.
void do_block(Traits& traits, Words words) {
  Ends ends{.below = true};
  bool other_language = false;
  for (; !words.at_end(); words.advance()) {
    if (words.accept("LANGUAGE")) other_language = words.name().name != "plpgsql";
    if (words.token().kind != TokenKind::kString || words.view().front() != '$') continue;
    const std::string_view body = words.view();
    const std::size_t tag = body.find('$', 1) + 1;
    ends = ends_inside(body.substr(tag, body.size() - 2 * tag));
  }
  traits.may_refuse_transaction = other_language || ends.here || ends.below;
  traits.may_commit = traits.may_refuse_transaction;
  if (ends.here) outside(traits, "DO with COMMIT");
}

bool transaction_control(Traits& traits, Words words) {
  const auto control = [&](bool begins, bool commits) {
    traits.transaction_control = true;
    traits.begins = begins;
    traits.commits = commits;
    return true;
  };
  if (words.is("BEGIN") || words.accept("START", "TRANSACTION")) return control(true, false);
  if (words.is_any({"SAVEPOINT", "RELEASE"})) return traits.savepoint = true;
  if (words.accept("PREPARE", "TRANSACTION")) return control(false, false);
  const bool commits = words.is_any({"COMMIT", "END"}), rolls_back = words.is_any({"ROLLBACK", "ABORT"});
  if (!commits && !rolls_back) return false;
  words.advance();
  if (words.is("PREPARED")) {
    outside(traits, commits ? "COMMIT PREPARED" : "ROLLBACK PREPARED");
    return true;
  }
  if (!words.accept("WORK")) words.accept("TRANSACTION");
  if (rolls_back && words.is("TO")) return traits.savepoint = true;
  return control(false, commits);
}

void set(Traits& traits, Words words) {
  if (!words.accept("SESSION")) words.accept("LOCAL");
  traits.changes_lexing =
      words.is_any({"STANDARD_CONFORMING_STRINGS", "CLIENT_ENCODING", "BACKSLASH_QUOTE", "NAMES", "ALL"});
}

bool starts_with_dblink(std::string_view word) {
  return word.size() >= 6 && equals_ignoring_case(word.substr(0, 6), "DBLINK");
}

// What any statement may hold, wherever: calls to other servers, settings by function.
void scan_everywhere(Traits& traits, Words words) {
  bool set_config = false;
  for (; !words.at_end(); words.advance()) {
    if (words.token().kind == TokenKind::kWord) {
      traits.calls_out = traits.calls_out || starts_with_dblink(words.view());
      set_config = set_config || words.is("SET_CONFIG");
    } else if (set_config && words.token().kind == TokenKind::kString) {
      traits.changes_lexing = traits.changes_lexing || words.view() == "'standard_conforming_strings'" ||
                              words.view() == "'client_encoding'" || words.view() == "'backslash_quote'";
    }
  }
}

std::string verb_of(Words words) {
  std::string verb;
  const auto add = [&verb](std::string_view word) {
    if (!verb.empty()) verb += ' ';
    for (const char c : word) verb += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  };
  const bool two = words.is_any({"CREATE", "DROP", "ALTER", "COMMENT", "REFRESH"});
  add(words.view());
  words.advance();
  if (!two) return verb;
  words.accept("OR", "REPLACE");
  while (words.is_any({"UNIQUE", "TEMP", "TEMPORARY", "UNLOGGED", "MATERIALIZED", "FOREIGN"})) words.advance();
  if (words.token().kind == TokenKind::kWord) add(words.view());
  return verb;
}

}  // namespace

Traits classify(std::string_view statement, const Dialect& dialect) {
  Traits traits;
  const Words whole(statement, dialect.standard_strings);
  Words words = whole;
  traits.verb = verb_of(words);
  if (transaction_control(traits, words)) return traits;
  if (words.accept("CREATE")) {
    create(traits, words);
  } else if (words.accept("DROP")) {
    drop(traits, words);
  } else if (words.accept("ALTER")) {
    alter(traits, words, dialect.server_version);
  } else if (words.accept("REINDEX")) {
    reindex(traits, words);
  } else if (words.accept("DO")) {
    do_block(traits, words);
  } else if (words.is("SET") || words.is("RESET")) {
    words.advance();
    set(traits, words);
  } else if (words.is("VACUUM")) {
    outside(traits, "VACUUM");
  } else if (words.accept("DISCARD", "ALL")) {
    outside(traits, "DISCARD ALL");
  } else if (words.accept("CLUSTER")) {
    words.skip_parentheses();
    words.accept("VERBOSE");
    traits.may_refuse_transaction = true;  // of a partitioned table
    traits.repeatable = true;
    if (words.at_end()) outside(traits, "CLUSTER without a table");
  } else if (words.is("CALL")) {
    traits.may_refuse_transaction = traits.may_commit = true;
  } else if (words.accept("IMPORT", "FOREIGN", "SCHEMA")) {
    traits.calls_out = true;
  } else if (words.accept("COPY")) {
    traits.calls_out = mentions(words, {"PROGRAM"});
    if (words.find("FROM")) {
      words.advance();
      traits.copy_from_stdin = words.is_any({"STDIN", "STDOUT"});
    }
  }
  scan_everywhere(traits, whole);
  traits.destructive = loses_data(statement, dialect.standard_strings);
  return traits;
}

}  // namespace sql
