#include "common/report/result.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/report/answer.h"

namespace {

using report::Result;

Result full() {
  return {.code = report::ExitCode::kCheckAfterFailed,
          .reason = "LockHeld",
          .run = "0f6c",
          .target = "heads",
          .heads = {"003", "b7"},
          .applied = 3,
          .pending = 1,
          .contract_pending = 2,
          .contract_plan = "0123456789abcdef",
          .answers = "c-+?",
          .digest = std::string(64, 'a'),
          .plan_hash = std::string(64, 'b'),
          .destructive = true,
          .step = "003",
          .message = "the check \"api\" failed",
          .next = "look at the application's log",
          .backup = report::BackupReport{.file = "20260101T000000_auth_002.dump", .size_bytes = 17, .sha256 = "cd"},
          .healthy = false,
          .child_exit = 3,
          .took_ms = 412};
}

TEST(Result, ReadsBackWhatItWrote) {
  const Result result = full();
  const std::optional<Result> read = report::parse_result(report::to_json(result));
  ASSERT_TRUE(read);
  EXPECT_EQ(report::to_json(*read), report::to_json(result));
  EXPECT_EQ(read->code, report::ExitCode::kCheckAfterFailed);
  EXPECT_EQ(read->heads, result.heads);
  EXPECT_EQ(read->backup->size_bytes, 17);
  EXPECT_EQ(read->child_exit, 3);
  EXPECT_EQ(read->healthy, false);
}

TEST(Result, BeginsWithItsCore) {
  EXPECT_TRUE(report::to_json(full()).starts_with(R"({"sluice":1,"code":24,"run":"0f6c","target":"heads","heads":[)"));
}

// docs/exit-codes.md
TEST(Result, SaysReasonMessageAndNextThoughThereIsNothingToSay) {
  const nlohmann::json json = nlohmann::json::parse(report::to_json({.code = report::ExitCode::kBackupFailed}));
  EXPECT_EQ(json.value("reason", ""), "BackupFailed");
  EXPECT_EQ(json.value("message", "-"), "");
  EXPECT_EQ(json.value("next", "-"), "");
}

// operator-protocol, Jobs 2
TEST(Result, NeverExceedsTheLimitHoweverLongItsTexts) {
  Result result = full();
  result.message = std::string(5000, 'm');
  result.next = std::string(5000, 'n');
  const std::string json = report::to_json(result);
  EXPECT_LE(json.size(), report::kMaxResultBytes);
  const std::optional<Result> read = report::parse_result(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->heads, result.heads);
  EXPECT_TRUE(read->message.ends_with("…"));
}

// operator-protocol, Roll-outs 1: half an answer would be a wrong one
TEST(Result, KeepsEveryAnswerHoweverLongItsOtherFields) {
  Result result = full();
  result.answers = std::string(report::kMostQuestions, 'c');
  result.message = std::string(5000, 'm');
  for (int i = 0; i < 200; ++i) result.heads.push_back("revision_" + std::to_string(i));
  const std::string json = report::to_json(result);
  EXPECT_LE(json.size(), report::kMaxResultBytes);
  EXPECT_EQ(report::parse_result(json)->answers, result.answers);
}

TEST(Result, CutsBetweenCharactersOnly) {
  for (std::size_t shift = 0; shift < 4; ++shift) {
    Result result = full();
    result.message = std::string(shift, 'x');
    for (int i = 0; i < 800; ++i) result.message += "\U0001F418";
    const std::string json = report::to_json(result);
    EXPECT_LE(json.size(), report::kMaxResultBytes);
    EXPECT_EQ(json.find("\uFFFD"), std::string::npos);
  }
}

TEST(Result, LeavesOutHeadsAndSaysHowMany) {
  Result result = full();
  result.heads.clear();
  for (int i = 0; i < 200; ++i) result.heads.push_back("revision_" + std::to_string(i));
  const auto json = nlohmann::json::parse(report::to_json(result));
  EXPECT_LE(json.dump().size(), report::kMaxResultBytes);
  EXPECT_EQ(json["heads"].size() + json["heads_more"].get<std::size_t>(), 200U);
}

TEST(Result, FitsEvenWhenEveryCharacterNeedsEscaping) {
  Result result = full();
  result.target = std::string(3000, '\x01');
  result.message = std::string(3000, '\x02');
  result.heads = {std::string(3000, '\x03')};
  const std::string json = report::to_json(result);
  EXPECT_LE(json.size(), report::kMaxResultBytes);
  EXPECT_TRUE(report::parse_result(json));
}

TEST(Result, ReplacesBytesThatAreNotUtf8) {
  Result result = full();
  result.message = "caf\xe9";
  ASSERT_TRUE(report::parse_result(report::to_json(result)));
}

// operator-protocol, Jobs 2: missing or unparsable is ResultLost
TEST(Result, RefusesWhatIsNotAResult) {
  const std::string good = report::to_json(full());
  EXPECT_FALSE(report::parse_result(""));
  EXPECT_FALSE(report::parse_result("Killed"));
  EXPECT_FALSE(report::parse_result(good.substr(0, good.size() / 2)));
  EXPECT_FALSE(report::parse_result("[]"));
  EXPECT_FALSE(report::parse_result(R"({"code":0})"));
  EXPECT_FALSE(report::parse_result(R"({"sluice":1,"code":"0","run":"","target":"","heads":[]})"));
  EXPECT_FALSE(report::parse_result(R"({"sluice":1,"code":99,"run":"","target":"","heads":[]})"));
}

}  // namespace
