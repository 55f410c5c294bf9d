// design, The migrator: Sluice's own layout.
#include <gmock/gmock.h>

#include "common/error.h"
#include "migrator/layouts/layout.h"
#include "tests/migrator/layouts/files.h"
#include "tests/migrator/revisions/build.h"

using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::vector<revisions::Revision> read_sluice(const test::Files& files) {
  return read_revisions(test::folder(files), spec::Layout::kSluice);
}
revisions::Revision one(const std::string& header) {
  return read_sluice({{"b2_x.up.sql", header + "\nselect 1;\n"}}).at(0);
}
std::string why_not_sluice(const test::Files& files) {
  return test::message_of([&] { read_sluice(files); });
}
std::string why_not_sluice(const std::string& header) {
  return why_not_sluice({{"b2_x.up.sql", header + "\nselect 1;\n"}});
}

}  // namespace

TEST(SluiceLayout, TakesIdParentsAndWordsFromHeaderAndName) {
  const auto r = read_sluice({{"b2_add_users.up.sql", "-- revision: b2\n-- revises: a1, a2\n"}}).at(0);
  EXPECT_EQ(r.id, "b2");
  EXPECT_THAT(r.parents, ElementsAre("a1", "a2"));
  EXPECT_EQ(r.message, "add users");
  EXPECT_TRUE(r.strict_transaction);
}
TEST(SluiceLayout, JoinsTheDownFileOfTheSameName) {
  const auto all = read_sluice({{"a_x.down.sql", "drop table t;"}, {"a_x.up.sql", "-- revision: a\n"}});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].down->text, "drop table t;");
}
TEST(SluiceLayout, TakesEveryKeyOfTheHeader) {
  const auto r =
      one("-- revision: b2\n-- depends-on: z\n-- branch: auth\n-- phase: contract\n-- transaction: off\n"
          "-- irreversible: drops the old prices\n-- created: 2026-11-21 08:00");
  EXPECT_THAT(r.depends_on, ElementsAre("z"));
  EXPECT_THAT(r.labels, ElementsAre("auth"));
  EXPECT_EQ(r.phase, revisions::Phase::kContract);
  EXPECT_EQ(r.transaction, revisions::TransactionMode::kOff);
  EXPECT_EQ(r.irreversible, "drops the old prices");
  EXPECT_EQ(r.created, "2026-11-21 08:00");
}
TEST(SluiceLayout, KeepsTheDocstringWithItsParagraphs) {  // guides E16
  EXPECT_EQ(one("-- revision: b2\n--\n-- Adds users.\n--\n--   Note: see wiki.").description,
            "Adds users.\n\n  Note: see wiki.");
}
TEST(SluiceLayout, LeavesCommentsAfterTheDocstringToTheScript) {
  EXPECT_EQ(one("-- revision: b2\n-- Adds users.\n\n-- the table:").description, "Adds users.");
}
TEST(SluiceLayout, FindsKeysAfterABlankLineToo) {
  EXPECT_EQ(one("-- revision: b2\n\n-- phase: contract").phase, revisions::Phase::kContract);
}
TEST(SluiceLayout, DoesNotLookForKeysBehindTheFirstStatement) {
  EXPECT_EQ(one("-- revision: b2\nselect 0;\n-- phase: contract").phase, revisions::Phase::kExpand);
}
TEST(SluiceLayout, ReadsWindowsLineEnds) { EXPECT_EQ(one("-- revision: b2\r\n-- revises: a1\r").parents.at(0), "a1"); }
TEST(SluiceLayout, KeepsTheTextAsItWasRead) {
  const std::string text = "\xef\xbb\xbf-- revision: b2\nselect 1;";
  EXPECT_EQ(read_sluice({{"b2_x.up.sql", text}}).at(0).up.text, text);
}
TEST(SluiceLayout, NamesFileAndLineOfAnUnknownValue) {
  EXPECT_THAT(why_not_sluice("-- revision: b2\n-- phase: contarct"),
              HasSubstr("b2_x.up.sql:2: `phase: contarct` is not known; write expand or contract"));
}
TEST(SluiceLayout, NamesFileAndLineOfAKeyGivenTwice) {
  EXPECT_THAT(why_not_sluice("-- revision: b2\n-- revises: a\n-- revises: b"),
              HasSubstr("b2_x.up.sql:3: `revises` is given twice"));
}
TEST(SluiceLayout, RefusesIdsThatMeanSomethingElse) {
  for (const char* id : {"head", "base", "+1", "a@b", "a b"})
    EXPECT_THAT(why_not_sluice("-- revision: " + std::string(id)), HasSubstr("b2_x.up.sql:1: id")) << id;
}
TEST(SluiceLayout, WantsAnIdAfterRevision) { EXPECT_THAT(why_not_sluice("-- revision:"), HasSubstr("needs one id")); }
TEST(SluiceLayout, WantsTheReasonOfAnIrreversibleRevision) {
  EXPECT_THAT(why_not_sluice("-- revision: b2\n-- irreversible:"), HasSubstr("say the reason"));
}
TEST(SluiceLayout, WantsTheIdInFrontOfTheName) {
  EXPECT_THAT(why_not_sluice({{"b3_x.up.sql", "-- revision: b2\n"}}),
              HasSubstr("b3_x.up.sql: its name must begin with its revision"));
}
TEST(SluiceLayout, NamesAFileWithoutHeader) {
  EXPECT_THAT(why_not_sluice({{"a_x.up.sql", "-- revision: a\n"}, {"seed.sql", "select 1;"}}), HasSubstr("seed.sql"));
}
TEST(SluiceLayout, NamesADownFileWithoutUpFile) {
  EXPECT_THAT(why_not_sluice({{"a_x.up.sql", "-- revision: a\n"}, {"b_x.down.sql", ""}}),
              HasSubstr("b_x.down.sql: there is no b_x.up.sql"));
}
TEST(SluiceLayout, GoesOnFromNumberedFiles) {
  const auto all =
      read_sluice({{"001_a.sql", ""}, {"002_b.sql", ""}, {"3f_c.up.sql", "-- revision: 3f\n-- revises: 002\n"}});
  EXPECT_THAT(test::ids(all), ElementsAre("001", "002", "3f"));
  EXPECT_THAT(all[1].parents, ElementsAre("001"));
}
