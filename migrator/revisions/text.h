// migrator/revisions/text.h: ids as text: numbers in them, and how messages list them.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace revisions {

/// Compares versions group by group, each group of digits as a number of any length: 10 > 9, 1 equals 01, and
/// 03.00.00_01 > 03.00.00. Negative, zero, positive. What stands between groups doesn't matter.
int compare_versions(std::string_view a, std::string_view b);

bool is_digits(std::string_view text);  // false for ""

/// The closest of `known`, best first, at most three; empty: none is close.
std::vector<std::string> nearest_of(std::string_view wanted, const std::vector<std::string_view>& known);

/// "" or "; did you mean A, B or C?".
std::string did_you_mean(const std::vector<std::string>& ids);

std::string joined(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace revisions
