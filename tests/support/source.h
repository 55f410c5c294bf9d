// tests/support/source.h: where the tests' own tree lies. A function and no macro: ccache keeps a file that knows an
// absolute path for this clone alone.
#pragma once
#include <string>

namespace support {

/// A file of the source tree: source("deploy/crds.yaml"); the tree itself: source().
std::string source(const std::string& path = {});
/// A file of this build: built("bin/sluice").
std::string built(const std::string& path);
/// A program of the release: of SLUICE_RELEASE_BIN (tests/run.sh: out of our image), else of build/release/bin.
std::string released(const std::string& program);

}  // namespace support
