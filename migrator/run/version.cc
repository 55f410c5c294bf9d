#include "migrator/run/version.h"

namespace run {
std::string version() { return SLUICE_VERSION; }
}  // namespace run
