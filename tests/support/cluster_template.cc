#include "tests/support/cluster_template.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/postgres_server.h"

namespace support {
namespace {

namespace fs = std::filesystem;

void must_end_well(const std::vector<std::string>& argv) {
  const Finished done = run_program(argv);
  if (done.code != 0) throw std::runtime_error(argv.at(0) + ": " + done.out + done.err);
}

std::vector<std::string> server_command(std::vector<std::string> argv) {
  std::vector<std::string> whole = as_server_user();
  whole.insert(whole.end(), argv.begin(), argv.end());
  return whole;
}

void make_template(const fs::path& ready) {
  const fs::path unfinished = ready.string() + ".new";
  fs::remove_all(unfinished);
  fs::create_directories(unfinished);
  give_to_server_user(unfinished);
  must_end_well(
      server_command({postgres_bin() + "/initdb", "-D", unfinished / "data", "-U", "postgres", "--locale=C.UTF-8",
                      "--encoding=UTF8", "--auth=trust", "--no-sync", "--wal-segsize=1"}));
  std::ofstream(unfinished / "data" / "pg_hba.conf") << "local all all trust\n"
                                                        "local replication all trust\n"
                                                        "host all all 127.0.0.1/32 scram-sha-256\n"
                                                        "host replication all 127.0.0.1/32 scram-sha-256\n";
  fs::rename(unfinished, ready);
}

}  // namespace

std::string postgres_bin() {
  if (const char* given = std::getenv("SLUICE_TEST_PG_BIN"); given != nullptr) return given;
  int newest = 0;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator("/usr/lib/postgresql", none)) {
    if (fs::exists(entry.path() / "bin/initdb")) newest = std::max(newest, std::atoi(entry.path().filename().c_str()));
  }
  if (newest == 0) throw std::runtime_error("no PostgreSQL server found: apt-get install postgresql");
  return "/usr/lib/postgresql/" + std::to_string(newest) + "/bin";
}

std::vector<std::string> as_server_user() {
  if (::geteuid() != 0) return {"setpriv", "--pdeathsig", "QUIT"};
  return {"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig", "QUIT"};
}

void give_to_server_user(const std::string& folder) {
  if (::geteuid() != 0) return;
  const passwd* user = ::getpwnam("postgres");
  if (user == nullptr || ::chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0)
    throw std::runtime_error("chown " + folder + " to postgres");
}

void copy_fresh_cluster(const std::string& folder) {
  const std::string version = fs::path(postgres_bin()).parent_path().filename();
  const fs::path cache =
      fs::temp_directory_path() / ("sluice-test-cluster-" + version + "-" + std::to_string(::geteuid()));
  const int lock = ::open((cache.string() + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (lock < 0 || ::flock(lock, LOCK_EX) != 0) throw std::runtime_error("lock " + cache.string());
  if (!fs::exists(cache)) make_template(cache);
  ::close(lock);
  must_end_well(server_command({"cp", "-r", "--preserve=mode", "--reflink=auto", cache / "data", folder}));
}

}  // namespace support
