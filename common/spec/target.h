// common/spec/target.h: what a target's text alone tells: [LABEL@]SYMBOL, or [LABEL@]+N and [LABEL@]-N, which count
// from where the database stands.
#pragma once
#include <string_view>

namespace spec {

/// A target's text without its label; the whole of it where there is no label.
inline std::string_view without_label(std::string_view target) { return target.substr(target.rfind('@') + 1); }

/// True when asking for the same target again means more work ("+1", "auth@-2"): such a run is never "nothing to do".
inline bool is_relative(std::string_view target) {
  const std::string_view symbol = without_label(target);
  return symbol.starts_with('+') || symbol.starts_with('-');
}

}  // namespace spec
