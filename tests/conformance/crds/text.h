// tests/conformance/crds/text.h: a CRD as it stands in crds/.
#pragma once
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/source.h"

namespace crds {

inline std::string text_of(const std::string& crd) {
  const std::ifstream file(support::source("crds/" + crd));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace crds
