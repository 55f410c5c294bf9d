// tests/migrator/layouts/files.h: folders in memory.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "common/report/digest.h"
#include "migrator/layouts/layout.h"

namespace test {

using Files = std::vector<std::pair<std::string, std::string>>;

/// A folder as read_folder() gives it; names in the order given.
inline layouts::Folder folder(const Files& files) {
  layouts::Folder result{.path = "db"};
  for (const auto& [name, text] : files)
    result.files.push_back({.file = name, .text = text, .sha256 = report::sha256_hex(text)});
  return result;
}

inline std::vector<std::string> ids(const std::vector<revisions::Revision>& all) {
  std::vector<std::string> result;
  for (const auto& revision : all) result.push_back(revision.id);
  return result;
}

}  // namespace test
