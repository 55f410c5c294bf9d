#include "tests/support/golden.h"
#include "tests/support/source.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace support {

std::string golden_path(const std::string& path) { return support::source("tests/golden/") + path; }

void expect_golden(const std::string& path, const std::string& actual) {
  const std::string file = golden_path(path);
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update != nullptr && *update == '1') {
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << actual;
    return;
  }
  std::ifstream in(file, std::ios::binary);
  ASSERT_TRUE(in) << "no golden file " << file << "; make it with UPDATE_GOLDEN=1. Actual:\n" << actual;
  std::ostringstream expected;
  expected << in.rdbuf();
  EXPECT_EQ(expected.str(), actual) << "differs from " << file << "; UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace support
