#include "operator/reconcile/progress.h"

#include <gtest/gtest.h>

namespace {

TEST(Progress, IsWhatTheLastEventSays) {
  const auto progress = reconcile::progress_in(
      "{\"event\":\"step started\",\"step\":\"002\"}\n"
      "{\"event\":\"step progress\",\"step\":\"003\",\"statement\":4,\"statements\":9}\n");
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->step, "003");
  EXPECT_EQ(progress->text, "statement 4 of 9");
  EXPECT_FALSE(progress->going_back);
}

TEST(Progress, NoticesThatTheRunGoesBack) {
  EXPECT_TRUE(reconcile::progress_in("{\"event\":\"going back\",\"how\":\"restore\"}\n")->going_back);
}

// operator-protocol, Trust 5
TEST(Progress, PassesOverWhatAToolSays) {
  EXPECT_FALSE(reconcile::progress_in("INFO alembic\n{\"event\":\"tool\",\"line\":\"{}\"}\n{\"event\":7}\n[1]\n"));
  EXPECT_FALSE(reconcile::progress_in(""));
}

// Whatever program runs in the image may write the log; half a letter is no JSON, and a status is.
TEST(Progress, CutsALongWordAtAWholeLetter) {
  std::string letters = "a";
  for (int i = 0; i < 150; ++i) letters += "ä";
  const auto progress = reconcile::progress_in(nlohmann::json{{"event", "step started"}, {"step", letters}}.dump());
  ASSERT_TRUE(progress);
  EXPECT_LE(progress->step.size(), 200U);
  EXPECT_NO_THROW(static_cast<void>(nlohmann::json(progress->step).dump()));
}

}  // namespace
