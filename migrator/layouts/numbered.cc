#include <algorithm>

#include "migrator/layouts/header.h"
#include "migrator/layouts/tools.h"
#include "migrator/revisions/text.h"

namespace layouts {
namespace {

struct Numbered {
  revisions::Script* script = nullptr;
  std::string_view version = {};
  Part part = Part::kUp;
};

bool is_before(const Numbered& a, const Numbered& b) {
  const int order = revisions::compare_versions(a.version, b.version);
  return order != 0 ? order < 0 : a.part < b.part;
}

std::vector<Numbered> in_order(const std::vector<revisions::Script*>& scripts, VersionOf version_of_name,
                               const std::string& hint, std::vector<std::string>& problems) {
  std::vector<Numbered> files;
  files.reserve(scripts.size());
  for (revisions::Script* script : scripts) {
    const Name name = take_apart(script->file);
    if (!name.is_sql || name.part == Part::kBackfill) continue;
    const std::string_view version = version_of_name(name);
    if (version.empty()) {
      problems.push_back(script->file + ": its name is not " + hint + "; rename it, or move it out of the folder");
    } else {
      files.push_back({script, version, name.part});
    }
  }
  // By name they mostly are in order already, and comparing numbers is what costs.
  if (!std::is_sorted(files.begin(), files.end(), is_before)) std::stable_sort(files.begin(), files.end(), is_before);
  return files;
}

revisions::Revision revision_of(const Numbered& file, std::vector<std::string>& problems) {
  revisions::Revision revision{.id = std::string(file.version)};
  revision.message = words(take_apart(file.script->file).stem.substr(file.version.size()));
  take_over(read_header(*file.script, Strictness::kPlain, problems), revision);
  return revision;
}

}  // namespace

std::vector<revisions::Revision> chain(std::vector<revisions::Script*> scripts, VersionOf version_of_name,
                                       const std::string& hint, std::vector<std::string>& problems) {
  const std::vector<Numbered> files = in_order(scripts, version_of_name, hint, problems);
  std::vector<revisions::Revision> result;
  result.reserve(static_cast<std::size_t>(
      std::count_if(files.begin(), files.end(), [](const Numbered& file) { return file.part == Part::kUp; })));
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool same_number = i > 0 && revisions::compare_versions(files[i - 1].version, files[i].version) == 0;
    if (same_number && files[i - 1].part == files[i].part) {
      problems.push_back(files[i - 1].script->file + " and " + files[i].script->file +
                         " have the same number; give one of them another");
    } else if (files[i].part == Part::kDown && !same_number) {
      problems.push_back(files[i].script->file + ": there is no up file with this number");
    }
  }
  if (!problems.empty()) return result;
  for (const Numbered& file : files) {
    if (file.part == Part::kDown) {
      result.back().down = std::move(*file.script);
      continue;
    }
    revisions::Revision revision = revision_of(file, problems);
    if (!result.empty()) revision.parents.push_back(result.back().id);
    revision.up = std::move(*file.script);
    result.push_back(std::move(revision));
  }
  return result;
}

std::vector<revisions::Revision> read_numbered(Folder& folder, std::vector<std::string>& problems) {
  std::vector<revisions::Script*> scripts;
  scripts.reserve(folder.files.size());
  for (revisions::Script& script : folder.files) scripts.push_back(&script);
  return chain(
      std::move(scripts), [](const Name& name) { return version_of(name.stem); }, "NUMBER_name.sql", problems);
}

}  // namespace layouts
