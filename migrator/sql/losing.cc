#include "migrator/sql/losing.h"

#include <vector>

#include "migrator/sql/words.h"

namespace sql {
namespace {

// Behind DROP. An index, a view or a function is written down in a file; what these hold isn't.
bool drops_data(Words words) {
  if (words.is_any({"TABLE", "SCHEMA", "DATABASE", "OWNED", "SEQUENCE", "EXTENSION"}) ||
      words.accept("FOREIGN", "TABLE") || words.accept("MATERIALIZED", "VIEW")) {
    return true;
  }
  for (; !words.at_end() && !words.is_symbol(';'); words.advance()) {
    if (words.is("CASCADE")) return true;
  }
  return false;
}

// Behind ALTER [COLUMN] or ALTER ATTRIBUTE: whether the values fit the other type stands in the rows.
bool changes_type(Words words) {
  if (!words.accept("COLUMN")) words.accept("ATTRIBUTE");
  words.name();
  words.accept("SET", "DATA");
  return words.is("TYPE");
}

// The actions of ALTER TABLE and ALTER TYPE, separated by commas, behind the name.
bool actions_lose(Words words) {
  if (words.is_symbol('*')) words.advance();
  for (bool action_begins = true; !words.at_end() && !words.is_symbol(';'); words.advance()) {
    if (action_begins && words.accept("DROP") && !words.is("CONSTRAINT")) return true;
    if (action_begins && words.accept("ALTER") && changes_type(words)) return true;
    action_begins = words.depth() == 0 && words.is_symbol(',');
  }
  return false;
}

bool alters(Words words) {
  if (!words.accept("FOREIGN", "TABLE") && !words.accept("TABLE") && !words.accept("TYPE")) return false;
  words.accept("IF", "EXISTS");
  words.accept("ONLY");
  words.name();
  return actions_lose(words);
}

// DELETE of a statement, and of one in WITH, wherever; not ON DELETE, GRANT DELETE, BEFORE DELETE.
bool deletes(Words words) {
  for (; !words.at_end(); words.advance()) {
    if (words.accept("DELETE", "FROM") || words.accept("THEN", "DELETE")) return true;
  }
  return false;
}

// Each UPDATE that begins a statement needs a WHERE of its own, at the depth it stands at.
bool updates_all_rows(Words words) {
  std::vector<int> open;
  bool may_begin = true;  // at the start, in WITH … AS ( and behind it; not FOR UPDATE, DO UPDATE, THEN UPDATE
  for (; !words.at_end(); words.advance()) {
    if (!open.empty() && words.depth() < open.back()) return true;
    if (!open.empty() && words.depth() == open.back() && words.is("WHERE")) open.pop_back();
    if (may_begin && words.is("UPDATE")) open.push_back(words.depth());
    may_begin = words.is_symbol('(') || words.is_symbol(')') || words.is_any({"EXPLAIN", "ANALYZE", "VERBOSE"});
  }
  return !open.empty();
}

// What stands written in a block of PL/pgSQL between dollar quotes.
bool block_loses(Words words) {
  for (; !words.at_end(); words.advance()) {
    if (words.token().kind != TokenKind::kString || words.view().front() != '$') continue;
    const std::size_t tag = words.view().find('$', 1) + 1;
    const std::string_view body = words.view().substr(tag, words.view().size() - 2 * tag);
    if (deletes(Words(body))) return true;
    for (Words inside(body); !inside.at_end(); inside.advance()) {
      if (inside.is("TRUNCATE") || (inside.accept("DROP") && drops_data(inside))) return true;
      if (inside.accept("ALTER") && alters(inside)) return true;
    }
  }
  return false;
}

}  // namespace

bool loses_data(std::string_view statement, bool standard_strings) {
  Words words(statement, standard_strings);
  if (words.is("TRUNCATE")) return true;
  if (words.accept("DROP")) return drops_data(words);
  if (words.accept("ALTER")) return alters(words);
  if (words.accept("DO")) return block_loses(words);
  Words created = words;
  if (created.accept("CREATE")) {
    created.accept("OR", "REPLACE");
    // What they say is done later, if at all.
    if (created.is_any({"FUNCTION", "PROCEDURE", "RULE"})) return false;
  }
  return deletes(words) || updates_all_rows(words);
}

}  // namespace sql
