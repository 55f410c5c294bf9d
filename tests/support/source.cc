#include "tests/support/source.h"

namespace support {

std::string source(const std::string& path) { return SLUICE_SOURCE_DIR + (path.empty() ? "" : "/" + path); }
std::string built(const std::string& path) { return SLUICE_BINARY_DIR "/" + path; }

}  // namespace support
