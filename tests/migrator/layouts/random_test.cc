// Files come from anyone: whatever their names and bytes, reading ends in revisions or in an error of ours.
#include <gtest/gtest.h>

#include <random>

#include "common/error.h"
#include "migrator/layouts/layout.h"
#include "migrator/layouts/name.h"
#include "migrator/revisions/graph.h"
#include "tests/migrator/layouts/files.h"

namespace {

std::string random_of(std::mt19937& random, const std::vector<std::string>& pieces, unsigned most) {
  std::string text;
  for (unsigned left = static_cast<unsigned>(random()) % most; left > 0; --left)
    text += pieces[random() % pieces.size()];
  return text;
}

const std::vector<std::string> kNames = {
    "0", "1", "9", "_", "-", ".", " ", "a", "up", ".up", ".down", ".sql", "ö", "\xff", "99999999999999999999"};
const std::vector<std::string> kTexts = {
    "-- ",          "revision:", "revises:",  "depends-on:", "branch:", "phase:", "transaction:", "irreversible:",
    "created:",     " a",        ",",         "1",           "@",       "\n",     "\n",           "\r",
    "\xef\xbb\xbf", "select 1;", " contract", " off"};

}  // namespace

TEST(AnyFiles, EndInRevisionsOrInAnErrorOfOurs) {
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    test::Files files;
    for (int k = 0; k < 4; ++k)
      files.emplace_back(random_of(random, kNames, 8) + ".sql", random_of(random, kTexts, 20));
    for (const spec::Layout layout :
         {spec::Layout::kAuto, spec::Layout::kSluice, spec::Layout::kNumbered, spec::Layout::kGolangMigrate}) {
      try {
        const revisions::Graph graph(read_revisions(test::folder(files), layout));
        for (const auto& revision : graph.all()) EXPECT_FALSE(revision.id.empty());
      } catch (const PermanentError&) {  // an answer too
      }
    }
  }
}

TEST(AnyName, CanBeShown) {
  std::mt19937 random(4);
  for (int round = 0; round < 3000; ++round) {
    std::string name;
    for (unsigned left = static_cast<unsigned>(random()) % 9; left > 0; --left) name += static_cast<char>(random());
    EXPECT_EQ(layouts::problem_with_name(layouts::printable(name)), "");
  }
}
