#include "migrator/backup/writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/error.h"
#include "common/failpoint.h"
#include "migrator/backup/metadata.h"

namespace backup {
namespace {

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// Two backups of one database in one second: the later gets a number.
std::string free_stem(const std::string& folder, const std::string& stem) {
  std::string candidate = stem;
  for (int number = 2;; ++number) {
    const std::string path = folder + "/" + candidate;
    if (!exists(path + kDumpSuffix) && !exists(path + ".json") &&
        !exists(folder + "/" + kPartialPrefix + candidate + kDumpSuffix))
      return candidate;
    candidate = stem + "_" + std::to_string(number);
  }
}

/// 0, or the error.
int write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

}  // namespace

Writer::Writer(const std::string& folder, const std::string& stem)
    : folder_(folder), stem_(free_stem(folder, stem)), partial_(folder + "/" + kPartialPrefix + stem_ + kDumpSuffix) {
  file_ = ::open(partial_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file_ < 0) fail("create a file", errno);
  // A folder that knows no locks (some network file systems) loses only the clean-up of leftovers.
  ::flock(file_, LOCK_EX | LOCK_NB);
}

Writer::~Writer() {
  if (file_ < 0) return;
  ::unlink(partial_.c_str());
  ::close(file_);
}

void Writer::write(std::string_view bytes) {
  if (const int error = write_all(file_, bytes); error != 0) fail("write", error);
  size_ += static_cast<std::int64_t>(bytes.size());
  sum_.add(bytes);
  SLUICE_FAILPOINT("backup-write");
}

void Writer::commit(Backup& backup) {
  backup.folder = folder_;
  backup.file = stem_ + kDumpSuffix;
  backup.size_bytes = size_;
  backup.sha256 = sum_.finish();
  if (::fsync(file_) != 0) fail("write", errno);
  publish_metadata(to_json(backup));
  SLUICE_FAILPOINT("backup-half-renamed");
  if (::rename(partial_.c_str(), backup.path().c_str()) != 0) fail("rename", errno);
  ::close(file_);
  file_ = -1;
  sync_folder();
}

/// Locked until it has its final name, as the dump is, so that nobody takes it for a leftover.
void Writer::publish_metadata(const std::string& text) const {
  const std::string partial = folder_ + "/" + kPartialPrefix + stem_ + ".json";
  const int file = ::open(partial.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0) fail("create a file", errno);
  ::flock(file, LOCK_EX | LOCK_NB);
  int error = write_all(file, text);
  if (error == 0 && ::fsync(file) != 0) error = errno;
  SLUICE_FAILPOINT("backup-written");
  if (error == 0 && ::rename(partial.c_str(), (folder_ + "/" + stem_ + ".json").c_str()) != 0) error = errno;
  if (error != 0) ::unlink(partial.c_str());
  ::close(file);
  if (error != 0) fail("write", error);
}

void Writer::sync_folder() const {
  const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  ::fsync(folder);  // not every file system syncs folders; the files themselves are on disk
  ::close(folder);
}

void Writer::fail(const std::string& doing, int error) const {
  if (error == ENOSPC || error == EDQUOT)
    throw PermanentError("the backup folder " + folder_ + " is full after " + std::to_string(size_) +
                             " bytes of the backup; nothing was changed: free space there, keep fewer backups "
                             "(backup.keep), or give a larger volume",
                         report::ExitCode::kBackupFailed);
  throw PermanentError("can't " + doing + " in the backup folder " + folder_ + ": " + std::strerror(error) +
                           "; nothing was changed: give a folder that this user may write",
                       report::ExitCode::kBackupFailed);
}

}  // namespace backup
