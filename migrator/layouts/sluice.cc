#include <unordered_map>

#include "migrator/layouts/header.h"
#include "migrator/layouts/tools.h"

namespace layouts {
namespace {

using Downs = std::unordered_map<std::string_view, revisions::Script*>;  // by stem

// The rest of a file's name after the id: "_add_index"; none: the name doesn't begin with it.
std::optional<std::string_view> slug(std::string_view stem, std::string_view id) {
  if (!stem.starts_with(id)) return std::nullopt;
  const std::string_view rest = stem.substr(id.size());
  if (!rest.empty() && rest.front() != '_' && rest.front() != '-') return std::nullopt;
  return rest;
}

std::optional<revisions::Revision> with_header(revisions::Script& up, Downs& downs,
                                               std::vector<std::string>& problems) {
  Header header = read_header(up, Strictness::kOwn, problems);
  if (!header.revision) return std::nullopt;
  const std::string_view stem = take_apart(up.file).stem;
  revisions::Revision revision{.id = *header.revision};
  revision.parents = std::move(header.revises);
  revision.strict_transaction = true;
  if (const auto rest = slug(stem, revision.id)) {
    revision.message = words(*rest);
  } else {
    problems.push_back(up.file + ": its name must begin with its revision, as in " + revision.id +
                       "_what_it_does.up.sql");
  }
  take_over(std::move(header), revision);
  if (const auto down = downs.find(stem); down != downs.end()) {
    // Node and script first: the key is a view into the script's name.
    revisions::Script* script = down->second;
    downs.erase(down);
    revision.down = std::move(*script);
  }
  revision.up = std::move(up);
  return revision;
}

}  // namespace

std::vector<revisions::Revision> read_sluice(Folder& folder, std::vector<std::string>& problems) {
  Downs downs;
  std::vector<revisions::Script*> ups, plain;
  for (revisions::Script& script : folder.files) {
    const Name name = take_apart(script.file);
    if (!name.is_sql || name.part == Part::kBackfill) continue;
    if (name.part == Part::kDown) {
      downs.emplace(name.stem, &script);
    } else {
      (has_revision_line(script.text) ? ups : plain).push_back(&script);
    }
  }
  std::vector<revisions::Revision> own;
  own.reserve(ups.size());
  for (revisions::Script* up : ups)
    if (auto revision = with_header(*up, downs, problems)) own.push_back(std::move(*revision));
  for (const auto& [stem, script] : downs) {
    if (version_of(stem).empty()) {
      problems.push_back(script->file + ": there is no " + std::string(stem) + ".up.sql");
    } else {
      plain.push_back(script);  // of a numbered up file without a header
    }
  }
  std::vector<revisions::Revision> result = chain(
      std::move(plain), [](const Name& name) { return version_of(name.stem); },
      "NUMBER_name.sql, and it has no header (`-- revision: ID`)", problems);
  if (result.empty()) return own;
  result.reserve(result.size() + own.size());
  for (revisions::Revision& revision : own) result.push_back(std::move(revision));
  return result;
}

}  // namespace layouts
