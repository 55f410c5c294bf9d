#include "operator/gate/watched_file.h"

#include <fstream>

namespace gate {
namespace {
constexpr std::size_t kMostBytes = 64 * 1024;
}

bool WatchedFile::has_changed() const { return seen_ != stamp(); }

void WatchedFile::mark_seen() { seen_ = stamp(); }

std::optional<std::string> WatchedFile::read() const {
  std::ifstream file(path_, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(kMostBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || file.gcount() > static_cast<std::streamsize>(kMostBytes)) return std::nullopt;
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

WatchedFile::Stamp WatchedFile::stamp() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) return {};
  constexpr std::int64_t kSecond = 1'000'000'000;
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .changed_ns = status.st_ctim.tv_sec * kSecond + status.st_ctim.tv_nsec};
}

}  // namespace gate
