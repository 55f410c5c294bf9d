#include "migrator/cli/render_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "migrator/revisions/text.h"

namespace cli {
namespace {

using nlohmann::ordered_json;
using revisions::Graph;
using revisions::Position;
using revisions::Revision;

std::string in_lines(const ordered_json& document) {
  // A docstring in another encoding must not keep the rest from being shown.
  return document.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// Files come from others: no escape sequences to somebody's terminal.
std::string shown_step(std::string text) {
  std::erase_if(text,
                [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f; });
  return text;
}

// A graph beside what a database holds of it.
class View {
 public:
  View(const Graph& graph, const DatabaseState* database) : graph_(graph), database_(database) {
    std::vector<Position> known;
    if (database_) {
      for (const std::string& row : database_->rows) {
        const auto p = graph.position(row);
        if (p) known.push_back(*p);
        if (!p) strangers_.push_back(row);
      }
    }
    applied_ = revisions::ancestors(graph, known);
    for (const std::string& id : graph.effective_heads(database_ ? database_->rows : std::vector<std::string>{}))
      if (const auto p = graph.position(id)) current_.push_back(*p);
  }

  const Graph& graph() const { return graph_; }
  bool has_database() const { return database_ != nullptr; }
  bool is_head(Position p) const { return graph_.children_of(p).empty(); }
  bool is_current(Position p) const { return std::find(current_.begin(), current_.end(), p) != current_.end(); }
  bool is_applied(Position p) const { return applied_[p]; }
  const std::vector<Position>& current() const { return current_; }
  const std::vector<std::string>& strangers() const { return strangers_; }  // rows that no file has
  std::size_t pending() const { return static_cast<std::size_t>(std::count(applied_.begin(), applied_.end(), false)); }
  const AppliedRecord* record(Position p) const {
    if (!database_ || !applied_[p]) return nullptr;
    const auto found = database_->applied.find(graph_.at(p).id);
    return found == database_->applied.end() ? nullptr : &found->second;
  }
  const char* state(Position p) const { return applied_[p] ? "applied" : "pending"; }

 private:
  const Graph& graph_;
  const DatabaseState* database_;
  revisions::Marks applied_ = {};
  std::vector<Position> current_ = {};
  std::vector<std::string> strangers_ = {};
};

View view_of(const Graph& graph, const std::optional<DatabaseState>& database) {
  return View(graph, database ? &*database : nullptr);
}

// "a2 (auth) (head) (current) (contract)"
std::string marked(const View& view, Position p) {
  const Revision& revision = view.graph().at(p);
  std::string text = revision.id;
  if (!revision.labels.empty()) text += " (" + revisions::joined(revision.labels, ", ") + ")";
  if (view.is_head(p)) text += " (head)";
  if (view.graph().children_of(p).size() > 1) text += " (branchpoint)";
  if (revision.parents.size() > 1) text += " (mergepoint)";
  if (view.is_current(p)) text += " (current)";
  if (revision.phase == revisions::Phase::kContract) text += " (contract)";
  return text;
}

std::string first_words(const Revision& revision) {
  if (!revision.message.empty()) return shown_step(revision.message);
  return shown_step(revision.description.substr(0, revision.description.find('\n')));
}

std::string from(const Revision& revision) {
  std::string text = revision.parents.empty() ? "<base>" : revisions::joined(revision.parents, ", ");
  if (!revision.depends_on.empty()) text += " (" + revisions::joined(revision.depends_on, ", ") + ")";
  return text;
}

std::string line(const View& view, Position p) {
  const Revision& revision = view.graph().at(p);
  const std::string words = first_words(revision);
  const std::string state = view.has_database() ? std::string(view.state(p)) + "  " : "";
  return state + from(revision) + " -> " + marked(view, p) + (words.empty() ? "" : ", " + words) + "\n";
}

std::string state_line(const View& view, Position p) {
  std::string text = view.state(p);
  if (const AppliedRecord* record = view.record(p)) {
    if (!record->at.empty()) text += " " + record->at;
    if (!record->by.empty()) text += " by " + record->by;
    const std::string& now = view.graph().at(p).up.sha256;
    if (!record->checksum.empty() && record->checksum != now) text += ", and edited since";
  }
  return text;
}

std::string block(const View& view, Position p) {
  const Revision& revision = view.graph().at(p);
  std::string text = "Rev: " + marked(view, p) + "\n";
  const auto add = [&text](const char* name, const std::string& value) {
    if (!value.empty()) text += std::string(name) + ": " + shown_step(value) + "\n";
  };
  add("Parent", revision.parents.empty() ? "<base>" : revisions::joined(revision.parents, ", "));
  add("Depends on", revisions::joined(revision.depends_on, ", "));
  add("File", revision.up.file);
  add("Down", revision.irreversible ? "irreversible: " + *revision.irreversible
              : revision.down       ? revision.down->file
                                    : "there is none");
  if (revision.transaction == revisions::TransactionMode::kOff) add("Transaction", "off");
  add("Created", revision.created);
  if (view.has_database()) add("State", state_line(view, p));
  const std::string about = revision.description.empty() ? revision.message : revision.description;
  if (!about.empty()) text += "\n    ";
  for (const char c : shown_step(about)) text += c == '\n' ? std::string("\n    ") : std::string(1, c);
  if (!about.empty()) text += "\n";
  return text + "\n";
}

ordered_json object(const View& view, Position p) {
  const Revision& revision = view.graph().at(p);
  ordered_json json = {{"revision", revision.id},
                       {"parents", revision.parents},
                       {"depends_on", revision.depends_on},
                       {"labels", revision.labels},
                       {"message", revision.message},
                       {"description", revision.description},
                       {"created", revision.created},
                       {"phase", revision.phase == revisions::Phase::kContract ? "contract" : "expand"},
                       {"transaction", revision.transaction != revisions::TransactionMode::kOff},
                       {"file", revision.up.file},
                       {"sha256", revision.up.sha256},
                       {"down_file", revision.down ? ordered_json(revision.down->file) : ordered_json()},
                       {"irreversible", revision.irreversible ? ordered_json(*revision.irreversible) : ordered_json()},
                       {"head", view.is_head(p)}};
  if (!view.has_database()) return json;
  json["state"] = view.state(p);
  json["current"] = view.is_current(p);
  if (const AppliedRecord* record = view.record(p)) {
    json["applied_at"] = record->at;
    json["applied_by"] = record->by;
    json["edited"] = !record->checksum.empty() && record->checksum != revision.up.sha256;
  }
  return json;
}

ordered_json objects(const View& view, const std::vector<Position>& positions) {
  ordered_json list = ordered_json::array();
  for (Position p : positions) list.push_back(object(view, p));
  return list;
}

std::string stranger(const std::string& row) { return row + " (not in the files)\n"; }

std::vector<Position> newest_first(const Graph& graph) { return {graph.order().rbegin(), graph.order().rend()}; }

}  // namespace

std::string render_history(const Graph& graph, const std::optional<DatabaseState>& database, Output output,
                           Detail detail) {
  const View view = view_of(graph, database);
  const std::vector<Position> all = newest_first(graph);
  if (output == Output::kJson) {
    ordered_json json = {{"revisions", objects(view, all)}};
    if (view.has_database()) json["unknown"] = view.strangers();
    return in_lines(json);
  }
  std::string text;
  for (const std::string& row : view.strangers()) text += "applied  " + stranger(row);
  for (Position p : all) text += detail == Detail::kVerbose ? block(view, p) : line(view, p);
  return text;
}

std::string render_heads(const Graph& graph, const std::optional<DatabaseState>& database, Output output,
                         Detail detail) {
  const View view = view_of(graph, database);
  std::vector<Position> heads;
  for (Position p : graph.order())
    if (view.is_head(p)) heads.push_back(p);
  if (output == Output::kJson) return in_lines({{"heads", objects(view, heads)}});
  std::string text;
  for (Position p : heads) {
    const Revision& revision = graph.at(p);
    const std::string created = revision.created.empty() ? "" : ", created " + shown_step(revision.created);
    const std::string words = first_words(revision).empty() ? "" : ", " + first_words(revision);
    text += detail == Detail::kVerbose ? block(view, p) : marked(view, p) + words + created + "\n";
  }
  if (heads.size() > 1)
    text += "There are " + std::to_string(heads.size()) +
            " heads: `upgrade heads` goes to all of them; a revision that revises them all merges them.\n";
  return text;
}

std::string render_current(const Graph& graph, const DatabaseState& database, Output output, Detail detail) {
  const View view(graph, &database);
  if (output == Output::kJson) {
    std::vector<std::string> ids;
    for (Position p : view.current()) ids.push_back(graph.at(p).id);
    return in_lines({{"heads", ids},
                     {"unknown", view.strangers()},
                     {"pending", view.pending()},
                     {"up_to_date", view.pending() == 0 && view.strangers().empty()},
                     {"revisions", objects(view, view.current())}});
  }
  std::string text;
  for (const std::string& row : view.strangers()) text += stranger(row);
  for (Position p : view.current()) {
    const std::string words = first_words(graph.at(p));
    text += detail == Detail::kVerbose ? block(view, p) : marked(view, p) + (words.empty() ? "" : ", " + words) + "\n";
  }
  if (database.rows.empty()) text += "<base>\n";
  const std::size_t pending = view.pending();
  return text + (pending == 0
                     ? "Nothing is pending.\n"
                     : std::to_string(pending) + (pending == 1 ? " revision is" : " revisions are") + " pending.\n");
}

std::string render_show(const Graph& graph, const std::vector<std::string>& ids,
                        const std::optional<DatabaseState>& database, Output output) {
  const View view = view_of(graph, database);
  std::vector<Position> positions;
  for (const std::string& id : ids)
    if (const auto p = graph.position(id)) positions.push_back(*p);
  if (output == Output::kJson) return in_lines({{"revisions", objects(view, positions)}});
  std::string text;
  for (Position p : positions) text += block(view, p);
  return text;
}

}  // namespace cli
