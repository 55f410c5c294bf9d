// Holds the arrows of docs/architecture.md: which folder may include which, read from the #include lines themselves.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace {

using Folders = std::set<std::string>;

struct Include {
  std::string file = {};    // below the source folder
  std::string folder = {};  // the part of the house it stands in
  std::string target = {};  // what it includes, as written without brackets
};

// "migrator/run/pipeline.h" -> "migrator/run"; "operator/main.cc" -> "operator"; "common/spec/spec.h" -> "common".
std::string folder_of(const std::string& file) {
  const std::size_t first = file.find('/');
  const std::string top = file.substr(0, first);
  const std::size_t second = file.find('/', first + 1);
  return top == "common" || second == std::string::npos ? top : file.substr(0, second);
}

std::vector<Include> includes_below(const std::string& top) {
  const std::filesystem::path source(SLUICE_SOURCE_DIR);
  std::vector<Include> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source / top)) {
    const std::string extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    const std::string file = std::filesystem::relative(entry.path(), source);
    std::ifstream stream(entry.path());
    for (std::string line; std::getline(stream, line);) {
      if (line.rfind("#include ", 0) != 0) continue;
      const std::size_t open = line.find_first_of("<\""), close = line.find_last_of(">\"");
      found.push_back({.file = file, .folder = folder_of(file), .target = line.substr(open + 1, close - open - 1)});
    }
  }
  return found;
}

std::vector<Include> all_includes() {
  std::vector<Include> all;
  for (const char* top : {"common", "migrator", "operator"}) {
    const std::vector<Include> below = includes_below(top);
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

bool is_ours(const std::string& target) {
  return target.rfind("common/", 0) == 0 || target.rfind("migrator/", 0) == 0 || target.rfind("operator/", 0) == 0;
}

const std::map<std::string, Folders>& allowed() {
  static const std::map<std::string, Folders> table = {
      {"common", {}},
      {"migrator/revisions", {}},
      {"migrator/sql", {}},
      {"migrator/layouts", {"migrator/revisions"}},
      {"migrator/postgres", {"migrator/sql", "migrator/revisions"}},
      {"migrator/ledgers", {"migrator/postgres", "migrator/revisions"}},
      {"migrator/journal", {"migrator/postgres", "migrator/revisions"}},
      {"migrator/backup", {"migrator/postgres", "migrator/sql"}},
      {"migrator/checks", {"migrator/postgres"}},
      {"migrator/run",
       {"migrator/revisions", "migrator/sql", "migrator/layouts", "migrator/postgres", "migrator/ledgers",
        "migrator/journal", "migrator/backup", "migrator/checks"}},
      {"migrator/cli",
       {"migrator/revisions", "migrator/sql", "migrator/layouts", "migrator/postgres", "migrator/ledgers",
        "migrator/journal", "migrator/backup", "migrator/checks", "migrator/run"}},
      {"migrator", {"migrator/cli", "migrator/run"}},
      {"operator/kube", {}},
      {"operator/runtime", {"operator/kube"}},
      {"operator/reconcile", {"operator/kube", "operator/runtime"}},
      {"operator/rollout", {"operator/kube", "operator/runtime", "operator/reconcile"}},
      {"operator/gate", {"operator/kube", "operator/runtime", "operator/reconcile"}},
      {"operator", {"operator/kube", "operator/runtime", "operator/reconcile", "operator/rollout", "operator/gate"}},
  };
  return table;
}

TEST(Arrows, EveryFolderIncludesOnlyWhatItMay) {
  for (const Include& include : all_includes()) {
    if (!is_ours(include.target)) continue;
    const std::string target = folder_of(include.target);
    if (target == include.folder || target == "common") continue;
    const auto rule = allowed().find(include.folder);
    ASSERT_NE(rule, allowed().end()) << include.folder << " is not a folder of the house (" << include.file << ")";
    EXPECT_TRUE(rule->second.contains(target)) << include.file << " includes " << include.target;
  }
}

TEST(Arrows, OnlyThePostgresFolderNamesItsLibraries) {
  for (const Include& include : all_includes()) {
    if (include.target != "libpq-fe.h" && include.target.rfind("pqxx/", 0) != 0) continue;
    EXPECT_EQ(include.folder, "migrator/postgres") << include.file << " includes " << include.target;
  }
}

TEST(Arrows, OnlyTheOperatorsEdgesNameCpprestsdk) {
  for (const Include& include : all_includes()) {
    if (include.target.rfind("cpprest/", 0) != 0 && include.target.rfind("pplx/", 0) != 0) continue;
    EXPECT_TRUE(include.folder == "operator/kube" || include.folder == "operator/gate" ||
                include.file == "operator/main.cc")
        << include.file << " includes " << include.target;
  }
}

TEST(Arrows, ThePureFoldersDoNoInputOrOutput) {
  const Folders edges = {"fstream", "iostream", "filesystem", "unistd.h", "fcntl.h", "thread", "sys/stat.h",
                         "cstdio",  "stdio.h",  "dirent.h",   "mutex",    "future",  "ctime",  "sys/socket.h"};
  for (const Include& include : all_includes()) {
    const bool pure = include.folder == "migrator/revisions" || include.folder == "migrator/sql" ||
                      include.file.rfind("common/spec/", 0) == 0 ||
                      include.file.rfind("operator/reconcile/decide", 0) == 0;
    if (pure) {
      EXPECT_FALSE(edges.contains(include.target)) << include.file << " includes <" << include.target << ">";
    }
  }
}

// Text that only one file of an edge may hold: libraries' exceptions are translated there.
void expect_only_in(const std::string& text, const std::string& top, const std::string& allowed_file) {
  const std::filesystem::path source(SLUICE_SOURCE_DIR);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source / top)) {
    if (entry.path().extension() != ".cc") continue;
    const std::string file = std::filesystem::relative(entry.path(), source);
    std::ifstream stream(entry.path());
    const std::string content{std::istreambuf_iterator<char>(stream), {}};
    if (file != allowed_file) {
      EXPECT_EQ(content.find(text), std::string::npos) << file << " catches " << text;
    }
  }
}

TEST(Arrows, LibrariesExceptionsAreTranslatedInOneFilePerEdge) {
  expect_only_in("catch (const pqxx::", "migrator", "migrator/postgres/translate.cc");
  expect_only_in("catch (const web::", "operator", "operator/kube/translate.cc");
}

}  // namespace
