// migrator/journal/heads_text.h: how a list of heads travels in one column. Private to this folder.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

namespace journal {

/// No revision id holds it: ids come from file names and headers.
inline constexpr char kHeadSeparator = '\x1f';

inline std::string join_heads_sql(const std::string& column) {
  return "pg_catalog.array_to_string(" + column + ", pg_catalog.chr(31))";
}

inline std::vector<std::string> split_heads(const std::string& text) {
  std::vector<std::string> heads;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find(kHeadSeparator, start), text.size());
    heads.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return heads;
}

}  // namespace journal
