// What the compiler no longer sees where several sources of a folder are compiled as one (SLUICE_JOIN): a name of the
// unnamed namespace that two of them have, which would be taken for overloads of one function, and an unused `using`.
#include <gmock/gmock.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::vector<std::filesystem::path> sources() {
  std::vector<std::filesystem::path> found;
  for (const char* top : {"common", "migrator", "operator", "tests"}) {
    for (const auto& each :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(SLUICE_SOURCE_DIR) / top)) {
      if (each.path().extension() == ".cc") found.push_back(each.path());
    }
  }
  return found;
}

bool is_letter(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::string last_word(const std::string& text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_letter(text[begin - 1])) --begin;
  return text.substr(begin);
}

/// What a line that begins at the margin defines; empty: nothing, or the rest of something.
std::string defined_by(const std::string& line) {
  std::istringstream words(line);
  std::string first, second, third;
  words >> first >> second >> third;
  if (line.empty() || !(is_letter(line[0]) || line[0] == '[') || line.back() == ':') return {};
  if (first == "using" || first == "namespace" || first == "template") return {};
  if (first == "struct" || first == "class" || first == "enum") return second == "class" ? third : second;
  const std::size_t end = line.find_first_of("({=[", line[0] == '[' ? line.find(']') : 0);
  if (end == std::string::npos) return {};
  std::string before = line.substr(0, end);
  while (before.ends_with(' ')) before.pop_back();
  if (before.find('.') != std::string::npos) return {};  // another language, in a raw string
  const std::string name = last_word(before);
  if (name.size() == before.size()) return {};                                   // a macro's call has no type before it
  return before[before.size() - name.size() - 1] == ':' ? std::string() : name;  // a member's definition
}

std::set<std::string> names_of_unnamed_namespaces(const std::filesystem::path& file) {
  std::set<std::string> names;
  std::ifstream stream(file);
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (line == "namespace {") inside = true;
    if (line == "}  // namespace") inside = false;
    if (const std::string name = inside ? defined_by(line) : std::string(); !name.empty()) names.insert(name);
  }
  return names;
}

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::size_t times(const std::string& word, const std::string& text) {
  std::size_t found = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    const bool whole = (at == 0 || !is_letter(text[at - 1])) &&
                       (at + word.size() == text.size() || !is_letter(text[at + word.size()]));
    found += whole ? 1 : 0;
  }
  return found;
}

TEST(Names, OfAnUnnamedNamespaceStandInOneFileOfTheirFolder) {
  std::map<std::string, std::string> where;  // folder and name → file
  std::size_t seen = 0;
  for (const std::filesystem::path& file : sources()) {
    for (const std::string& name : names_of_unnamed_namespaces(file)) {
      ++seen;
      const auto [known, is_new] = where.try_emplace(file.parent_path().string() + "\n" + name, file.string());
      EXPECT_TRUE(is_new) << name << " stands in " << known->second << " and in " << file
                          << ": rename one, or share it";
    }
  }
  EXPECT_GT(seen, 500u);
}

TEST(Names, OfOthersThatAFileNamesWithUsingAreUsedThere) {
  std::size_t seen = 0;
  for (const std::filesystem::path& file : sources()) {
    const std::string text = text_of(file);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("using ") || !line.ends_with(";") || line.find('=') != std::string::npos) continue;
      if (line.starts_with("using namespace ") || line.find("::") == std::string::npos) continue;
      std::istringstream names(line.substr(6, line.size() - 7));
      for (std::string name; std::getline(names, name, ',');) {
        if (name.find("operator\"\"") != std::string::npos) continue;  // is used by a suffix
        ++seen;
        EXPECT_GT(times(last_word(name), text), 1u) << file << ": " << line;
      }
    }
  }
  EXPECT_GT(seen, 500u);
}

}  // namespace
