// migrator/run/version.h: which build this is.
#pragma once
#include <string>

namespace run {
/// "0.1.0", from the project's own version.
std::string version();
/// Changes whenever the same files could be read, cut or ordered differently than before: part of a run's digest, so
/// that an upgraded binary looks again instead of trusting "nothing to do".
inline constexpr int kRulesVersion = 1;
}  // namespace run
