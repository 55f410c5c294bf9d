#include "migrator/revisions/text.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace revisions {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the next group of digits off `rest`, without leading zeros; false: there is none.
bool next_group(std::string_view& rest, std::string_view& group) {
  while (!rest.empty() && !is_digit(rest.front())) rest.remove_prefix(1);
  if (rest.empty()) return false;
  std::size_t length = 0;
  while (length < rest.size() && is_digit(rest[length])) ++length;
  group = rest.substr(0, length);
  rest.remove_prefix(length);
  while (group.size() > 1 && group.front() == '0') group.remove_prefix(1);
  return true;
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

int compare_versions(std::string_view a, std::string_view b) {
  std::string_view group_a, group_b;
  while (true) {
    const bool more_a = next_group(a, group_a), more_b = next_group(b, group_b);
    if (!more_a || !more_b) return int{more_a} - int{more_b};
    if (group_a.size() != group_b.size()) return group_a.size() < group_b.size() ? -1 : 1;
    if (const int order = group_a.compare(group_b); order != 0) return order;
  }
}

bool is_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

std::vector<std::string> nearest_of(std::string_view wanted, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongest = 80, kMost = 3;  // the distance is quadratic, and a longer id is no slip of the hand
  wanted = wanted.substr(0, kLongest);
  std::vector<std::pair<std::size_t, std::string_view>> close;
  for (std::string_view id : known) {
    const std::string_view start = id.substr(0, kLongest);
    const bool extends = wanted.size() >= 2 && (start.starts_with(wanted) || wanted.starts_with(start));
    const std::size_t apart = extends ? 1 : distance(wanted, start);
    if (apart <= std::max<std::size_t>(1, wanted.size() / 3)) close.emplace_back(apart, id);
  }
  std::stable_sort(close.begin(), close.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> result;
  for (std::size_t i = 0; i < close.size() && i < kMost; ++i) result.emplace_back(close[i].second);
  return result;
}

std::string did_you_mean(const std::vector<std::string>& ids) {
  if (ids.empty()) return "";
  std::string text = "; did you mean " + ids[0];
  for (std::size_t i = 1; i < ids.size(); ++i) text += (i + 1 == ids.size() ? " or " : ", ") + ids[i];
  return text + "?";
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

}  // namespace revisions
