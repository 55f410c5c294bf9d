// migrator/backup/sha256.h: SHA-256 of a stream, so that a backup is never held in memory.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace backup {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(std::string_view bytes);
  /// Lower-case hex; the last call on this object.
  std::string finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Of a whole file. Throws PermanentError(kInternal) when it can't be read.
std::string sha256_of_file(const std::string& path);

}  // namespace backup
