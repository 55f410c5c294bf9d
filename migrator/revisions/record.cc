#include "migrator/revisions/record.h"

#include "migrator/revisions/text.h"

namespace revisions {
namespace {

std::string files(const std::vector<const Revision*>& list) {
  constexpr std::size_t kMost = 10;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < list.size() && i < kMost; ++i) names.push_back(list[i]->up.file);
  const std::size_t left = list.size() - names.size();
  return joined(names, ", ") + (left > 0 ? " and " + std::to_string(left) + " more" : "");
}

}  // namespace

std::vector<const Revision*> without_record(const Graph& graph, const std::vector<std::string>& rows,
                                            const std::set<std::string>& recorded) {
  std::vector<Position> heads;
  for (const std::string& row : rows)
    if (const auto p = graph.position(row)) heads.push_back(*p);
  const Marks applied = ancestors(graph, heads);
  std::vector<const Revision*> result;
  for (Position p : graph.order())
    if (applied[p] && !recorded.contains(graph.at(p).id)) result.push_back(&graph.at(p));
  return result;
}

std::vector<const Revision*> edited(const Graph& graph, const std::map<std::string, std::string>& checksums) {
  std::vector<const Revision*> result;
  for (Position p : graph.order()) {
    const auto found = checksums.find(graph.at(p).id);
    if (found == checksums.end() || found->second.empty()) continue;
    if (found->second != graph.at(p).up.sha256) result.push_back(&graph.at(p));
  }
  return result;
}

std::string out_of_order_message(const std::vector<const Revision*>& without_record) {
  if (without_record.empty()) return "";
  return "out of order: " + files(without_record) +
         " came below revisions that are applied already, and was never applied itself; give it an id above the "
         "database's heads, or, if its changes are in the database, record that with `sluice stamp`";
}

std::string edited_message(const std::vector<const Revision*>& edited) {
  if (edited.empty()) return "";
  return "edited after it was applied: " + files(edited) +
         "; put the file back as it was (compare with version control) and make the change in a new revision; where "
         "the "
         "edit changed nothing that counts: `sluice repair " +
         edited.front()->id + "`";
}

}  // namespace revisions
