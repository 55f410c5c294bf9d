// Plain system calls: thousands of small files are read in a few microseconds each, of which the kernel has most.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "common/error.h"
#include "common/report/digest.h"
#include "migrator/layouts/layout.h"
#include "migrator/layouts/name.h"
#include "migrator/revisions/text.h"

namespace layouts {
namespace {

[[noreturn]] void fail(const std::string& message) { throw PermanentError(message, report::ExitCode::kUsage); }

std::string reason() { return std::strerror(errno); }

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

class File {
 public:
  File(int directory, const std::string& name)
      : fd_(::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Entry {
  std::string name = {};
  bool is_link = false;
};

std::vector<Entry> names_in(DIR* directory, const std::string& path) {
  std::vector<Entry> entries;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    if (report::is_migration_file(entry->d_name))
      entries.push_back({entry->d_name, entry->d_type != DT_REG && entry->d_type != DT_DIR});
    errno = 0;
  }
  if (errno != 0) fail("read migrations folder " + path + ": " + reason());
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.name < b.name; });
  return entries;
}

std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
  return real ? std::string(real.get()) : std::string();
}

// Empty: the link stays inside. A file that anyone may exchange for a link to /etc must not be read as a migration.
std::string problem_with_link(const std::string& folder, const std::string& name) {
  const std::string root = real_path(folder), target = real_path(folder + "/" + name);
  if (target.empty()) return "it leads nowhere (" + reason() + ")";
  if (!target.starts_with(root == "/" ? root : root + "/"))
    return "it is a link that leaves the folder; put the file itself there";
  return "";
}

// What went wrong, or "" when `text` holds the file.
std::string read_text(int fd, std::string& text) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return reason();
  if (!S_ISREG(about.st_mode)) return "it is not a regular file";
  text.resize(static_cast<std::size_t>(about.st_size));
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::read(fd, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return reason();
    if (count == 0) return "it became shorter while it was read";
    done += static_cast<std::size_t>(count);
  }
  return "";
}

std::string read_one(int directory, const std::string& path, const Entry& entry, revisions::Script& script) {
  if (const std::string problem = problem_with_name(entry.name); !problem.empty()) return problem;
  if (entry.is_link)
    if (const std::string problem = problem_with_link(path, entry.name); !problem.empty()) return problem;
  const File file(directory, entry.name);
  if (file.fd() < 0) return reason();
  if (const std::string problem = read_text(file.fd(), script.text); !problem.empty()) return problem;
  script.sha256 = report::sha256_hex(script.text);
  return "";
}

struct Reading {
  Folder folder = {};
  std::vector<std::string> problems = {};
};

Reading read_files(const std::string& path) {
  Reading reading{.folder = {.path = path}};
  const Directory directory(::opendir(path.c_str()));
  if (!directory) {
    reading.problems.push_back("open migrations folder " + path + ": " + reason() + "; name another with --migrations");
    return reading;
  }
  std::vector<Entry> entries = names_in(directory.get(), path);
  reading.folder.files.reserve(entries.size());
  for (Entry& entry : entries) {
    revisions::Script script;
    const std::string problem = read_one(::dirfd(directory.get()), path, entry, script);
    if (!problem.empty()) {
      reading.problems.push_back("read " + path + "/" + printable(entry.name) + ": " + problem);
      continue;
    }
    script.file = std::move(entry.name);
    reading.folder.files.push_back(std::move(script));
  }
  return reading;
}

// Where a ConfigMap volume keeps its files now; empty: this is no such volume.
std::string kubernetes_data(const std::string& path) {
  const std::string data = real_path(path + "/..data");
  return data.starts_with(real_path(path) + "/") ? data : std::string();
}

}  // namespace

// The kubelet brings a new version of a ConfigMap by turning `..data` to another folder, and mends the links beside it
// afterwards. So the files are read where `..data` leads, and once more if it turned meanwhile: never half of each.
Folder read_folder(const std::string& path) {
  constexpr int kMostTurns = 10;
  for (int turn = 0; turn < kMostTurns; ++turn) {
    const std::string data = kubernetes_data(path);
    Reading reading = read_files(data.empty() ? path : data);
    if (kubernetes_data(path) != data) continue;
    if (!reading.problems.empty()) fail(revisions::joined(reading.problems, "\n"));
    reading.folder.path = path;
    return std::move(reading.folder);
  }
  throw TransientError("read migrations folder " + path + ": its files are being replaced all the time");
}

std::string digest(const Folder& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  files.reserve(folder.files.size());
  for (const revisions::Script& script : folder.files) files.emplace_back(script.file, script.sha256);
  return report::files_digest(std::move(files));
}

}  // namespace layouts
