// tests/support/golden.h: expected output in files, compared byte by byte.
#pragma once
#include <string>

namespace support {

/// Compares `actual` with the file tests/golden/`path`, a test failure with both texts when they differ. With
/// UPDATE_GOLDEN=1 in the environment the file is written instead (folders made), and the diff is for review.
void expect_golden(const std::string& path, const std::string& actual);

/// tests/golden/`path` as an absolute path, for a case's input files.
std::string golden_path(const std::string& path);

}  // namespace support
