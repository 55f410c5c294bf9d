#include "migrator/layouts/sum.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

#include "common/report/digest.h"
#include "migrator/layouts/name.h"

namespace layouts {
namespace {

struct Listed {
  std::string name = {};
  long long size = -1;  // bytes; -1: can't be told
};

bool sorts_before(const Listed& a, const Listed& b) { return a.name < b.name; }

bool is_digest(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Sorted by name.
std::vector<Listed> read_list(std::istream& in) {
  std::vector<Listed> files;
  for (std::string line; std::getline(in, line);) {
    char* end = nullptr;
    const long long size = std::strtoll(line.c_str(), &end, 10);
    if (*end == ' ') files.push_back({.name = end + 1, .size = size});
  }
  std::sort(files.begin(), files.end(), sorts_before);
  return files;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// The files of the folder as it is now, in no order.
std::vector<Listed> list_files(const std::string& path) {
  std::vector<Listed> files;
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (!folder) return files;
  while (const dirent* entry = ::readdir(folder.get())) {
    if (!report::is_migration_file(entry->d_name)) continue;
    struct stat about {};
    const bool is_there = ::fstatat(::dirfd(folder.get()), entry->d_name, &about, 0) == 0;
    files.push_back({.name = entry->d_name, .size = is_there ? about.st_size : -1});
  }
  return files;
}

/// Empty: the same names and sizes.
std::string difference(const std::vector<Listed>& listed, const std::vector<Listed>& there) {
  if (listed.empty()) return "it lists no files";
  for (const Listed& file : there) {
    const auto found = std::lower_bound(listed.begin(), listed.end(), file, sorts_before);
    if (found == listed.end() || found->name != file.name) return "it doesn't list " + printable(file.name);
    if (found->size != file.size) return printable(file.name) + " has another size than it lists";
  }
  return there.size() == listed.size() ? "" : "it lists files that aren't there";
}

}  // namespace

std::string sum_of(const Folder& folder) {
  std::string text = digest(folder) + "\n";
  for (const revisions::Script& script : folder.files) {
    text += std::to_string(script.text.size()) + " " + script.file + "\n";
  }
  return text;
}

Sum read_sum(const std::string& folder) {
  std::ifstream in(folder + "/" + kSumName);
  std::string first;
  if (!in || !std::getline(in, first)) return {};
  if (!is_digest(first)) return {.problem = "it doesn't begin with a digest"};
  if (const std::string why = difference(read_list(in), list_files(folder)); !why.empty()) return {.problem = why};
  return {.digest = first};
}

}  // namespace layouts
