#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/cluster_template.h"
#include "tests/support/postgres_server.h"

namespace support {
namespace {

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// PATH with the server's own psql and pg_dump first: Debian's /usr/bin/psql is a Perl script that looks for them,
/// which takes longer than what most tests ask. Where no server is installed: PATH as it is.
std::string search_path() {
  const char* inherited = std::getenv("PATH");
  const std::string rest = inherited != nullptr ? inherited : "/usr/bin:/bin";
  try {
    return postgres_bin() + ":" + rest;
  } catch (const std::runtime_error&) {
    return rest;
  }
}

[[noreturn]] void become(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                         const std::string& out, const std::string& err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nothing running
  ::dup2(::open("/dev/null", O_RDONLY), 0);
  ::dup2(::open(out.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), 1);
  ::dup2(::open(err.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600), 2);
  ::setenv("PATH", search_path().c_str(), 1);
  for (const std::string& pair : environment) {
    const std::size_t equals = pair.find('=');
    ::setenv(pair.substr(0, equals).c_str(), pair.substr(equals + 1).c_str(), 1);
  }
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

// Output goes to files, not pipes: a program that nobody reads never blocks, and what was said so far can be read
// at any time.
struct Program::Impl {
  TemporaryFolder folder = {};
  bool ended = false;
  int code = 0;
  std::string out() const { return folder.path() + "/out"; }
  std::string err() const { return folder.path() + "/err"; }
};

Program::Program(const std::vector<std::string>& argv, const std::vector<std::string>& environment)
    : impl_(std::make_unique<Impl>()) {
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork for " + argv.at(0));
  if (pid_ == 0) become(argv, environment, impl_->out(), impl_->err());
}

Program::~Program() {
  if (impl_->ended) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Program::signal(int number) {
  if (is_running()) ::kill(pid_, number);
}

bool Program::is_running() {
  if (impl_->ended) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  impl_->ended = true;
  impl_->code = code_of(status);
  return false;
}

Finished Program::wait() {
  if (!impl_->ended) {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    impl_->ended = true;
    impl_->code = code_of(status);
  }
  return {.code = impl_->code, .out = read_all(impl_->out()), .err = read_all(impl_->err())};
}

bool Program::wait_for_output(const std::string& text) {
  bool found = false;
  eventually([&] {
    const bool running = is_running();  // asked first: what a program said before it ended counts
    found = read_all(impl_->out()).find(text) != std::string::npos;
    return found || !running;
  });
  return found;
}

Finished run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
  return Program(argv, environment).wait();
}

std::string binary(const std::string& name) {
  const char* folder = std::getenv("SLUICE_TEST_BIN");
  return std::string(folder != nullptr ? folder : SLUICE_BINARY_DIR) + "/" + name;
}

}  // namespace support
