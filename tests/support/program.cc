#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "tests/support/cluster_template.h"
#include "tests/support/postgres_server.h"
#include "tests/support/source.h"

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

/// Everything that needs memory, made before the fork: other threads may hold the allocator's locks just then, and in
/// the child nobody would ever give them back.
struct Image {
  std::vector<std::string> texts = {};
  std::vector<char*> arguments = {}, environment = {};

  Image(std::vector<std::string> argv, const std::vector<std::string>& more) : texts(std::move(argv)) {
    const std::size_t count = texts.size();
    const auto is_replaced = [&](const std::string& pair) {
      const std::string name = pair.substr(0, pair.find('=') + 1);
      if (name == "PATH=") return true;
      return std::any_of(more.begin(), more.end(), [&](const std::string& each) { return each.starts_with(name); });
    };
    for (char** pair = environ; *pair != nullptr; ++pair) {
      if (!is_replaced(*pair)) texts.emplace_back(*pair);
    }
    const auto is_path = [](const std::string& each) { return each.starts_with("PATH="); };
    if (std::none_of(more.begin(), more.end(), is_path)) texts.push_back("PATH=" + search_path());
    std::map<std::string, std::string> last;  // of two with one name the later counts
    for (const std::string& pair : more) last[pair.substr(0, pair.find('='))] = pair;
    for (const auto& [name, pair] : last) texts.push_back(pair);
    for (std::size_t i = 0; i < texts.size(); ++i) (i < count ? arguments : environment).push_back(texts[i].data());
    arguments.push_back(nullptr);
    environment.push_back(nullptr);
  }
};

/// In the child: no allocation, no lock.
[[noreturn]] void become(Image& image, const char* out, const char* err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nothing running
  ::dup2(::open("/dev/null", O_RDONLY), 0);
  ::dup2(::open(out, O_CREAT | O_WRONLY | O_APPEND, 0600), 1);
  ::dup2(::open(err, O_CREAT | O_WRONLY | O_APPEND, 0600), 2);
  environ = image.environment.data();
  ::execvp(image.arguments[0], image.arguments.data());
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
  Image image(argv, environment);
  const std::string out = impl_->out(), err = impl_->err();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork for " + argv.at(0));
  if (pid_ == 0) become(image, out.c_str(), err.c_str());
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
  return folder != nullptr ? folder + ("/" + name) : built("bin/" + name);
}

}  // namespace support
