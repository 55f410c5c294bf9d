// One API server for all test programs of a ctest run, since each needs about three seconds of processor to start:
//   apiserver_daemon up FILE     starts it, writes its folder to FILE, returns; it ends with the program that called us
//   apiserver_daemon down FILE   ends it
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string_view>

#include "tests/support/apiserver.h"
#include "tests/support/postgres_server.h"

namespace {

volatile std::sig_atomic_t told_to_end = 0;

bool is_there(pid_t process) { return ::kill(process, 0) == 0 || errno != ESRCH; }

/// Until told to end, or until ctest is gone, which may be killed without running the fixture's end.
void serve(const std::string& file, pid_t caller) {
  const std::unique_ptr<support::ApiServer> server = support::ApiServer::start();
  server->install();
  const std::string folder = std::filesystem::path(server->kubeconfig_file()).parent_path();
  std::ofstream(file + ".new") << folder << "\n" << ::getpid() << "\n";
  std::filesystem::rename(file + ".new", file);
  support::eventually([&] { return told_to_end != 0 || !is_there(caller); }, 24 * 3600);
  std::filesystem::remove(file);
}

/// 0: none is up.
pid_t daemon_of(const std::string& file) {
  std::ifstream said(file);
  std::string folder;
  pid_t daemon = 0;
  return said >> folder >> daemon && is_there(daemon) ? daemon : 0;
}

int up(const std::string& file) {
  if (daemon_of(file) != 0) return 0;
  std::filesystem::remove(file);
  const pid_t caller = ::getppid();
  const pid_t daemon = ::fork();
  if (daemon == 0) {
    ::setsid();
    for (const int standard : {0, 1, 2}) ::dup2(::open("/dev/null", O_RDWR), standard);
    std::signal(SIGTERM, [](int) { told_to_end = 1; });
    serve(file, caller);
    return 0;
  }
  return support::eventually([&] { return std::filesystem::exists(file) || !is_there(daemon); }, 120) &&
                 std::filesystem::exists(file)
             ? 0
             : 1;
}

int down(const std::string& file) {
  const pid_t daemon = daemon_of(file);
  if (daemon == 0) return 0;
  ::kill(daemon, SIGTERM);
  return support::eventually([&] { return !is_there(daemon); }) ? 0 : 1;
}

}  // namespace

int main(int count, char** values) {
  const std::string_view verb = count == 3 ? values[1] : "";
  try {
    if (verb == "up") return up(values[2]);
    if (verb == "down") return down(values[2]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
  std::cerr << "apiserver_daemon up|down FILE\n";
  return 2;
}
