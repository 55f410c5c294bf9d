// What every layout must do with the same three changes:
//
//   | order | what it does | up        | down      |
//   |-------|--------------|-----------|-----------|
//   | 1st   | add users    | select 1; | select -1;|
//   | 2nd   | add orders   | select 2; | –         |
//   | 3rd   | add prices   | select 3; | select -3;|
#include <gmock/gmock.h>

#include <algorithm>

#include "common/error.h"
#include "migrator/revisions/graph.h"
#include "tests/migrator/layouts/files.h"
#include "tests/migrator/revisions/build.h"

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace {

struct Fixture {
  const char* name = "";
  spec::Layout layout = spec::Layout::kAuto;
  test::Files files = {};      // sorted by name, as a folder is
  test::Files duplicate = {};  // two files that claim to be the same change
};

void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.name; }

Fixture sluice() {
  return {"Sluice",
          spec::Layout::kSluice,
          {{"a1_add_users.down.sql", "select -1;"},
           {"a1_add_users.up.sql", "-- revision: a1\nselect 1;"},
           {"b2_add_prices.down.sql", "select -3;"},
           {"b2_add_prices.up.sql", "-- revision: b2\n-- revises: c3\nselect 3;"},
           {"c3_add_orders.up.sql", "-- revision: c3\n-- revises: a1\nselect 2;"}},
          {{"a1_one.up.sql", "-- revision: a1\n"}, {"a1_two.up.sql", "-- revision: a1\n"}}};
}

Fixture numbered() {
  return {"Numbered",
          spec::Layout::kNumbered,
          {{"10_add_prices.down.sql", "select -3;"},
           {"10_add_prices.sql", "select 3;"},
           {"8_add_users.down.sql", "select -1;"},
           {"8_add_users.sql", "select 1;"},
           {"9_add_orders.sql", "select 2;"}},
          {{"001_one.sql", ""}, {"01_two.sql", ""}}};
}

Fixture golang_migrate() {
  return {"GolangMigrate",
          spec::Layout::kGolangMigrate,
          {{"10_add_prices.down.sql", "select -3;"},
           {"10_add_prices.up.sql", "select 3;"},
           {"8_add_users.down.sql", "select -1;"},
           {"8_add_users.up.sql", "select 1;"},
           {"9_add_orders.up.sql", "select 2;"}},
          {{"001_one.up.sql", ""}, {"01_two.up.sql", ""}}};
}

class LayoutConformance : public testing::TestWithParam<Fixture> {
 protected:
  std::vector<revisions::Revision> read(const test::Files& files) const {
    return read_revisions(test::folder(files), GetParam().layout);
  }
  revisions::Graph graph() const { return revisions::Graph(read(GetParam().files)); }
  std::vector<const revisions::Revision*> in_order(const revisions::Graph& graph) const {
    std::vector<const revisions::Revision*> result;
    for (const auto p : graph.order()) result.push_back(&graph.at(p));
    return result;
  }
};

}  // namespace

TEST_P(LayoutConformance, IsDetected) { EXPECT_EQ(layouts::detect(test::folder(GetParam().files)), GetParam().layout); }

TEST_P(LayoutConformance, GivesOneChainInOrder) {
  const auto graph = this->graph();
  const auto all = in_order(graph);
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_THAT(all[0]->parents, IsEmpty());
  EXPECT_EQ(all[1]->parents, std::vector{all[0]->id});
  EXPECT_EQ(all[2]->parents, std::vector{all[1]->id});
}

TEST_P(LayoutConformance, GivesEachItsScriptsAndTheirHashes) {
  const auto graph = this->graph();
  const auto all = in_order(graph);
  for (const auto* revision : all) EXPECT_EQ(revision->up.sha256, report::sha256_hex(revision->up.text));
  EXPECT_THAT(all[0]->up.text, HasSubstr("select 1;"));
  EXPECT_EQ(all[0]->down->text, "select -1;");
  EXPECT_EQ(all[1]->down, std::nullopt);
  EXPECT_EQ(all[2]->down->sha256, report::sha256_hex("select -3;"));
}

TEST_P(LayoutConformance, TellsWhatEachDoesInWords) {
  const auto graph = this->graph();
  const auto all = in_order(graph);
  EXPECT_EQ(all[0]->message, "add users");
  EXPECT_EQ(all[2]->message, "add prices");
}

TEST_P(LayoutConformance, KeepsTheFilesNames) {
  for (const auto& revision : read(GetParam().files)) {
    const auto has_name = [&](const auto& file) { return file.first == revision.up.file; };
    EXPECT_TRUE(std::any_of(GetParam().files.begin(), GetParam().files.end(), has_name)) << revision.up.file;
  }
}

TEST_P(LayoutConformance, NamesBothFilesOfADuplicate) {  // guides E9
  const auto& files = GetParam().duplicate;
  const std::string message = test::message_of([&] { revisions::Graph{read(files)}; });
  EXPECT_THAT(message, HasSubstr(files[0].first));
  EXPECT_THAT(message, HasSubstr(files[1].first));
}

TEST_P(LayoutConformance, OfAnEmptyFolderGivesNothing) { EXPECT_THAT(read({}), IsEmpty()); }

TEST_P(LayoutConformance, LeavesOtherFilesAlone) {
  test::Files files = GetParam().files;
  files.emplace_back("zz_settings.conf", "x");
  EXPECT_THAT(read(files), SizeIs(3));
}

TEST_P(LayoutConformance, SharesTheHeadersOptions) {
  test::Files files = GetParam().files;
  for (auto& [name, text] : files)
    if (name.find(".down") == std::string::npos) text = "-- transaction: off\n" + text;
  for (const auto& revision : read(files)) EXPECT_EQ(revision.transaction, revisions::TransactionMode::kOff);
}

INSTANTIATE_TEST_SUITE_P(All, LayoutConformance, testing::Values(sluice(), numbered(), golang_migrate()),
                         [](const auto& fixture) { return std::string(fixture.param.name); });
