#include "common/report/digest.h"

#include <gtest/gtest.h>

namespace {

TEST(Digest, IsTheStandardSha256) {
  EXPECT_EQ(report::sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(report::sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// performance: the digest is the key of "nothing to do", so neither order of reading nor of mounting may change it.
TEST(Digest, DoesNotDependOnTheOrderOfFiles) {
  EXPECT_EQ(report::files_digest({{"b.sql", "2"}, {"a.sql", "1"}}),
            report::files_digest({{"a.sql", "1"}, {"b.sql", "2"}}));
}

TEST(Digest, ChangesWithANameAndWithAContent) {
  const std::string before = report::files_digest({{"a.sql", "1"}});
  EXPECT_NE(before, report::files_digest({{"b.sql", "1"}}));
  EXPECT_NE(before, report::files_digest({{"a.sql", "2"}}));
  EXPECT_NE(before, report::files_digest({{"a.sql", "1"}, {"b.sql", "1"}}));
}

TEST(Digest, KeepsNameAndContentApart) {
  EXPECT_NE(report::files_digest({{"a", "bc"}}), report::files_digest({{"ab", "c"}}));
}

}  // namespace
