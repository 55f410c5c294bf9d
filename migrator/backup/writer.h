// migrator/backup/writer.h: one new file in the backup folder, whole or not there at all.
#pragma once
#include <string>
#include <string_view>

#include "migrator/backup/backup.h"
#include "migrator/backup/sha256.h"

namespace backup {

/// A dump on its way: FOLDER/.partial-STEM.dump, locked with flock while its writer lives.
///
/// Guarantees: nothing under the final name until commit(); commit renames the metadata, then the dump, each after
/// fsync: the dump's name is what makes the backup exist. Destroyed without commit: the partial file is deleted.
/// Errors of all functions: PermanentError(kBackupFailed) saying what to do.
class Writer {
 public:
  Writer(const std::string& folder, const std::string& stem);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(std::string_view bytes);
  std::int64_t size_bytes() const { return size_; }
  const std::string& partial_path() const { return partial_; }
  /// Fills in file, size and sum, and makes the backup exist.
  void commit(Backup&);

 private:
  [[noreturn]] void fail(const std::string& doing, int error) const;
  void publish_metadata(const std::string& text) const;
  void sync_folder() const;

  std::string folder_, stem_, partial_;
  int file_ = -1;
  std::int64_t size_ = 0;
  Sha256 sum_;
};

}  // namespace backup
