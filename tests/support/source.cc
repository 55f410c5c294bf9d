#include "tests/support/source.h"

#include <cstdlib>

namespace support {

std::string source(const std::string& path) { return SLUICE_SOURCE_DIR + (path.empty() ? "" : "/" + path); }
std::string built(const std::string& path) { return SLUICE_BINARY_DIR "/" + path; }

std::string released(const std::string& program) {
  const char* folder = std::getenv("SLUICE_RELEASE_BIN");
  return (folder != nullptr ? folder : source("build/release/bin")) + "/" + program;
}

}  // namespace support
