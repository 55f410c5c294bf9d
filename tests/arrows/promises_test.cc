// docs/promises.md and docs/pitfalls.md against the sources: every test they name exists, every id has its row, every
// page is there.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = SLUICE_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> all_matches(const std::string& text, const std::regex& wanted) {
  std::vector<std::string> found;
  for (std::sregex_iterator each(text.begin(), text.end(), wanted), end; each != end; ++each) {
    found.push_back(each->size() > 2 ? each->str(1) + "." + each->str(2) : each->str(1));
  }
  return found;
}

std::set<std::string> tests_of_the_sources() {
  std::set<std::string> names;
  const std::regex test(R"(TEST(?:_F|_P)?\((\w+),\s*(\w+)\))");
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    if (entry.path().extension() != ".cc") continue;
    for (const std::string& name : all_matches(read(entry.path()), test)) names.insert(name);
  }
  return names;
}

struct Row {
  std::string id = {}, state = {};
  std::vector<std::string> tests = {}, pages = {};
};

std::vector<Row> rows(const char* file) {
  std::vector<Row> found;
  std::istringstream text(read(kRoot / "docs" / file));
  const std::regex id(R"([A-Z]\d*)");
  for (std::string line; std::getline(text, line);) {
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(cell);
    const std::string first = cells.size() > 5 ? std::regex_replace(cells[1], std::regex(" "), "") : "";
    if (!std::regex_match(first, id)) continue;
    found.push_back({.id = first,
                     .state = cells[3],
                     .tests = all_matches(cells[4], std::regex("`([^`]+)`")),
                     .pages = all_matches(cells[5], std::regex(R"(\]\(([^)]+)\))"))});
  }
  return found;
}

void expect_ids(const char* file, const std::vector<std::pair<std::string, int>>& letters) {
  std::vector<std::string> wanted, ids;
  for (const auto& [letter, count] : letters) {
    for (int i = 1; i <= count; ++i) wanted.push_back(letter + (letter == "T" ? "" : std::to_string(i)));
  }
  for (const Row& row : rows(file)) ids.push_back(row.id);
  EXPECT_EQ(ids, wanted);
}

TEST(Promises, HaveOneRowEach) { expect_ids("promises.md", {{"E", 16}, {"S", 14}, {"D", 9}, {"T", 1}}); }

TEST(Pitfalls, HaveOneRowEach) { expect_ids("pitfalls.md", {{"P", 56}}); }

class Page : public testing::TestWithParam<const char*> {};

TEST_P(Page, NamesTestsThatExist) {
  const std::set<std::string> there = tests_of_the_sources();
  for (const Row& row : rows(GetParam())) {
    for (const std::string& name : row.tests) EXPECT_TRUE(there.contains(name)) << row.id << ": " << name;
  }
}

TEST_P(Page, CallsKeptWhatATestAndAPageShowAndElseNotYet) {
  for (const Row& row : rows(GetParam())) {
    const bool is_open = row.state.find("not yet") != std::string::npos;
    EXPECT_EQ(row.tests.empty(), is_open) << row.id;
    EXPECT_EQ(row.pages.empty(), is_open) << row.id;
    for (const std::string& page : row.pages) EXPECT_TRUE(fs::exists(kRoot / "docs" / page)) << row.id << ": " << page;
  }
}

INSTANTIATE_TEST_SUITE_P(Docs, Page, testing::Values("promises.md", "pitfalls.md"), [](const auto& page) {
  const std::string name = page.param;
  return name.substr(0, name.find('.'));
});

}  // namespace
