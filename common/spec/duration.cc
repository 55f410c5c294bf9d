#include <array>
#include <charconv>

#include "common/spec/spec.h"

namespace spec {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name = {};
  std::int64_t size = 0;           // milliseconds
  std::ptrdiff_t most_digits = 0;  // so that every sum fits nanoseconds, too: Go's durations, and steady_clock's
};

// "ms" before "m": the longer unit is tried first.
constexpr std::array<Unit, 4> kUnits = {{{"ms", 1, 12}, {"s", 1000, 9}, {"m", 60 * 1000, 7}, {"h", 60 * 60 * 1000, 5}}};
constexpr int kMostParts = 4;

/// Takes one "90m" off the front of `rest`; none: it isn't one, or too large.
std::optional<std::int64_t> take_part(std::string_view& rest) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (error != std::errc{} || rest.front() == '-') return std::nullopt;
  const std::ptrdiff_t digits = end - rest.data();
  rest.remove_prefix(static_cast<std::size_t>(digits));
  for (const Unit& unit : kUnits) {
    if (!rest.starts_with(unit.name)) continue;
    rest.remove_prefix(unit.name.size());
    if (digits > unit.most_digits) return std::nullopt;
    return count * unit.size;
  }
  return std::nullopt;
}

}  // namespace

std::optional<milliseconds> parse_duration(const std::string& text) {
  if (text == "0") return milliseconds{0};
  std::string_view rest = text;
  if (rest.empty() || rest.size() > 32) return std::nullopt;
  std::int64_t total = 0;
  for (int parts = 0; !rest.empty(); ++parts) {
    const std::optional<std::int64_t> part = take_part(rest);
    if (!part || parts == kMostParts) return std::nullopt;
    total += *part;
  }
  return milliseconds{total};
}

std::string format_duration(milliseconds duration) {
  std::int64_t left = duration.count();
  std::string text;
  for (const Unit& unit : {kUnits[3], kUnits[2], kUnits[1], kUnits[0]}) {
    if (left < unit.size) continue;
    text += std::to_string(left / unit.size) + std::string(unit.name);
    left %= unit.size;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace spec
