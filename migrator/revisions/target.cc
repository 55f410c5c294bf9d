#include "migrator/revisions/target.h"

#include <algorithm>
#include <charconv>

#include "common/error.h"
#include "migrator/revisions/text.h"

namespace revisions {
namespace {

[[noreturn]] void fail(const std::string& message) {
  throw PermanentError(message, report::ExitCode::kHistoryMismatch);
}

[[noreturn]] void wrong_usage(const std::string& text, const std::string& why) {
  throw PermanentError("target " + (text.empty() ? "\"\"" : text) + ": " + why, report::ExitCode::kUsage);
}

std::vector<std::string> matches(const Graph& graph, const std::string& symbol) {
  if (is_digits(symbol)) {
    for (const Revision& revision : graph.all())
      if (is_digits(revision.id) && compare_versions(revision.id, symbol) == 0) return {revision.id};
  }
  return graph.starting_with(symbol);
}

// Ids may have dashes and digits of their own: 2024-02-01 is a slip for 2024-02-10, not 2024-02 less one. So a sign
// counts steps only behind what names a revision, and where no id is written so.
bool is_steps(const Graph& graph, const std::string& symbol, std::size_t sign) {
  const std::string base = symbol.substr(0, sign);
  if (base.empty() || base == "head" || base == "heads" || base == "base") return true;
  if (!graph.starting_with(symbol).empty()) return false;
  if (graph.position(base)) return true;
  return graph.starting_with(symbol.substr(0, sign + 1)).empty() && !matches(graph, base).empty();
}

// Cuts "+2" or "-1" off the end of target.symbol.
void cut_steps(const Graph& graph, Target& target) {
  const std::size_t sign = target.symbol.find_last_of("+-");
  if (sign == std::string::npos || !is_digits(std::string_view(target.symbol).substr(sign + 1))) return;
  if (!is_steps(graph, target.symbol, sign)) return;
  int count = 0;
  const char* end = target.symbol.data() + target.symbol.size();
  const auto [_, error] = std::from_chars(target.symbol.data() + sign + 1, end, count);
  if (error != std::errc() || count == 0) wrong_usage(target.text, "the number of steps must be from 1 to 2147483647");
  target.steps = target.symbol[sign] == '-' ? -count : count;
  target.symbol.resize(sign);
}

std::string several_heads(const Graph& graph, const std::vector<Position>& heads, const Target& target) {
  std::string message = "target " + target.text + ": there are " + std::to_string(heads.size()) + " heads: ";
  std::vector<std::string> names;
  for (Position p : heads) {
    const Revision& revision = graph.at(p);
    names.push_back(describe(revision) + (revision.created.empty() ? "" : ", created " + revision.created));
  }
  const std::string plural = target.label.empty() ? "heads" : target.label + "@heads";
  return message + joined(names, "; ") + "; use `" + plural +
         "` for all of them, one's id for one, or add a revision "
         "that revises them all (a merge)";
}

std::vector<Position> heads_on(const Graph& graph, const Target& target) {
  const Marks on = target.label.empty() ? Marks(graph.all().size(), true) : lineage(graph, target);
  std::vector<Position> heads;
  for (Position p : graph.order())
    if (on[p] && graph.children_of(p).empty()) heads.push_back(p);
  if (target.symbol == "head" && heads.size() > 1) fail(several_heads(graph, heads, target));
  return heads;
}

Position one(const Graph& graph, const Target& target) {
  if (const auto exact = graph.position(target.symbol)) return *exact;
  std::vector<std::string> found = matches(graph, target.symbol);
  if (!target.label.empty()) {
    const Marks on = lineage(graph, target);
    std::erase_if(found, [&](const std::string& id) { return !on[*graph.position(id)]; });
  }
  if (found.size() == 1) return *graph.position(found[0]);
  if (found.size() > 1) {
    const std::string count = std::to_string(found.size());
    if (found.size() > 10) found.resize(10);
    fail("target " + target.text + ": " + count + " revisions begin with " + target.symbol + ": " +
         joined(found, ", ") + "; write more of the id");
  }
  if (graph.all().empty()) fail("target " + target.text + ": there are no revisions");
  fail("target " + target.text + ": there is no revision " + target.symbol +
       did_you_mean(graph.nearest(target.symbol)) + " (`sluice history` lists all)");
}

}  // namespace

Target parse_target(const Graph& graph, const std::string& text) {
  Target target{.text = text, .symbol = text};
  if (text.empty()) wrong_usage(text, "name a revision, head, heads, base, +N or -N");
  if (graph.position(text)) return target;
  if (const std::size_t at = text.rfind('@'); at != std::string::npos) {
    target.label = text.substr(0, at);
    target.symbol = text.substr(at + 1);
    if (target.label.empty() || target.symbol.empty()) wrong_usage(text, "write LABEL@head, LABEL@heads or LABEL@ID");
    if (graph.position(target.symbol)) return target;
  }
  cut_steps(graph, target);
  return target;
}

std::vector<Position> positions_of_rows(const Graph& graph, const std::vector<std::string>& rows) {
  std::vector<Position> result;
  std::vector<std::string> problems;
  for (const std::string& row : rows) {
    const auto p = graph.position(row);
    if (p && std::find(result.begin(), result.end(), *p) == result.end()) result.push_back(*p);
    if (!p)
      problems.push_back("the database is at revision " + row + ", which no file has" +
                         did_you_mean(graph.nearest(row)));
  }
  if (problems.empty()) return result;
  problems.push_back(
      "bring the missing files (a newer or another folder may have been applied), or, if the schema is known to be "
      "that "
      "of another revision, set it with `sluice stamp --purge REVISION`");
  fail(joined(problems, "\n"));
}

Marks lineage(const Graph& graph, const Target& target) {
  auto start = graph.labelled(target.label);
  if (!start) {
    start = graph.position(target.label);
    const std::vector<std::string> found = start ? std::vector<std::string>{} : matches(graph, target.label);
    if (found.size() == 1) start = graph.position(found[0]);
  }
  if (!start) {
    std::vector<std::string_view> labels;
    for (const Revision& revision : graph.all())
      labels.insert(labels.end(), revision.labels.begin(), revision.labels.end());
    fail("target " + target.text + ": there is no branch " + target.label +
         did_you_mean(nearest_of(target.label, labels)));
  }
  Marks on = ancestors(graph, std::span(&*start, 1), Follow::kParents);
  const Marks upper = descendants(graph, std::span(&*start, 1), Follow::kParents);
  for (std::size_t i = 0; i < on.size(); ++i) on[i] = on[i] || upper[i];
  return on;
}

std::vector<Position> named(const Graph& graph, const Target& target) {
  if (target.symbol == "head" || target.symbol == "heads") return heads_on(graph, target);
  if (target.symbol == "base") {
    if (!target.label.empty()) lineage(graph, target);  // an unknown label is an error all the same
    return {};
  }
  const Position found = one(graph, target);
  if (!target.label.empty() && !lineage(graph, target)[found])
    fail("target " + target.text + ": " + describe(graph.at(found)) + " is not on branch " + target.label);
  return {found};
}

}  // namespace revisions
