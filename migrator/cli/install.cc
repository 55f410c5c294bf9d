// `sluice install DIR`: an init container puts everything into a folder that the user's own image then mounts. Each
// file is renamed into place, so that a container which starts meanwhile sees none or a whole one.
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "common/error.h"
#include "common/executable.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/sink.h"
#include "migrator/cli/verbs.h"

namespace cli {
namespace {

[[noreturn]] void failed_to(const std::string& doing) {
  const std::string why = std::strerror(errno);
  throw PermanentError(doing + ": " + why, report::ExitCode::kUsage);
}

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0) : file_(::open(path.c_str(), flags | O_CLOEXEC, mode)) {
    if (file_ < 0) failed_to("open " + path);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(file_); }
  int get() const { return file_; }

 private:
  int file_;
};

void copy(const std::string& from, const std::string& to, mode_t mode) {
  const std::string unfinished = to + "." + std::to_string(::getpid());
  {
    const File in(from, O_RDONLY), out(unfinished, O_WRONLY | O_CREAT | O_TRUNC, mode);
    struct stat info {};
    if (::fstat(in.get(), &info) != 0) failed_to("read " + from);
    for (off_t done = 0; done < info.st_size;) {
      if (::sendfile(out.get(), in.get(), &done, static_cast<std::size_t>(info.st_size - done)) <= 0) {
        ::unlink(unfinished.c_str());
        failed_to("copy " + from + " to " + to);
      }
    }
    if (::fchmod(out.get(), mode) != 0) failed_to("chmod " + to);  // whatever the umask
  }
  if (::rename(unfinished.c_str(), to.c_str()) != 0) failed_to("rename " + to);
}

bool exists(const std::string& path) { return ::access(path.c_str(), R_OK) == 0; }

/// The first that is there; empty: none.
std::string first_of(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    if (exists(path)) return path;
  }
  return {};
}

struct Installed {
  std::vector<std::string> names = {}, missing = {};
};

Installed install_into(const std::string& folder) {
  constexpr mode_t kProgram = 0755, kText = 0644;
  if (::mkdir(folder.c_str(), kProgram) != 0 && errno != EEXIST) failed_to("make " + folder);
  const std::string self = executable_path(), beside = beside_executable("");
  Installed done;
  const auto put = [&](const std::string& from, const std::string& name, mode_t mode) {
    if (!exists(from)) return done.missing.push_back(name);
    copy(from, folder + "/" + name, mode);
    done.names.push_back(name);
  };
  for (const char* tool : {"pg_dump", "pg_restore"}) put(beside + tool, tool, kProgram);
  const std::string certificates = first_of({beside + "ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt",
                                             "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"});
  put(certificates, "ca-certificates.crt", kText);
  // Last: whoever waits for `sluice` finds its tools there.
  put(self, "sluice", kProgram);
  return done;
}

/// The image may have its own, and who takes no backup needs none: so it is no failure.
void warn(const Installed& done, const std::string& folder) {
  for (const std::string& name : done.missing) {
    const bool is_tool = name.starts_with("pg_");
    std::fprintf(
        stderr, "warning: no %s to copy into %s: %s\n", name.c_str(), folder.c_str(),
        is_tool ? "backups will need the image's own, or --pg-bin" : "https and TLS checks will need the image's own");
  }
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "\"" : ",\"") + name + "\"";
  return "[" + list + "]";
}

}  // namespace

int install(const Words& words) {
  CommonFlags common;
  std::string folder;
  Command command(
      "install", "DIR [flags]",
      "copy sluice, pg_dump, pg_restore and CA certificates into DIR, for images that hold nothing of ours");
  command.argument("DIR", &folder, "a folder, made where it isn't there", true);
  add_output(command, common);
  command.example("sluice install /sluice", "in an init container, DIR being an emptyDir both containers mount");
  if (const auto code = command.parse(words)) return *code;
  const Output output = output_alone(common);
  const Installed done = install_into(folder);
  warn(done, folder);
  if (output == Output::kJson) {
    print("{\"installed\":" + list_of(done.names) + ",\"missing\":" + list_of(done.missing) + "}\n");
    return 0;
  }
  for (const std::string& name : done.names) print(folder + "/" + name + "\n");
  return 0;
}

}  // namespace cli
