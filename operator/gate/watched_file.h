// operator/gate/watched_file.h: a file that is replaced while we run, as a mounted Secret is when it rotates.
#pragma once
#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

namespace gate {

/// Not thread-safe.
class WatchedFile {
 public:
  explicit WatchedFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  /// It isn't what mark_seen() saw: replaced, written to, gone or come back. Costs one stat().
  [[nodiscard]] bool has_changed() const;
  void mark_seen();
  /// None: it can't be read, or holds more than 64 KiB.
  [[nodiscard]] std::optional<std::string> read() const;

 private:
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = -1;  // -1: not there
    std::int64_t changed_ns = 0;
    bool operator==(const Stamp&) const = default;
  };
  Stamp stamp() const;

  std::string path_;
  std::optional<Stamp> seen_ = {};
};

}  // namespace gate
