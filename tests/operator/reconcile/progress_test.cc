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

}  // namespace
