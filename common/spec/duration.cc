#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "common/spec/spec.h"

namespace spec {
namespace {

using std::chrono::milliseconds;

// "ms" before "m": the longer unit is tried first.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits = {
    {{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}}};

/// Takes one "90m" off the front of `rest`; none: it isn't one, or too large.
std::optional<std::int64_t> take_part(std::string_view& rest) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (error != std::errc{} || rest.front() == '-') return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  for (const auto& [unit, size] : kUnits) {
    if (!rest.starts_with(unit)) continue;
    rest.remove_prefix(unit.size());
    if (count > std::numeric_limits<std::int64_t>::max() / 4 / size) return std::nullopt;
    return count * size;
  }
  return std::nullopt;
}

}  // namespace

std::optional<milliseconds> parse_duration(const std::string& text) {
  if (text == "0") return milliseconds{0};
  std::string_view rest = text;
  if (rest.empty() || rest.size() > 32) return std::nullopt;
  std::int64_t total = 0;
  while (!rest.empty()) {
    const std::optional<std::int64_t> part = take_part(rest);
    if (!part || total > std::numeric_limits<std::int64_t>::max() - *part) return std::nullopt;
    total += *part;
  }
  return milliseconds{total};
}

std::string format_duration(milliseconds duration) {
  std::int64_t left = duration.count();
  std::string text;
  for (const auto& [unit, size] : {kUnits[3], kUnits[2], kUnits[1], kUnits[0]}) {
    if (left < size) continue;
    text += std::to_string(left / size) + std::string(unit);
    left %= size;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace spec
