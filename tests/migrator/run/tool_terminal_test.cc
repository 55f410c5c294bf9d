// A user's tool at a person's terminal: it has the keyboard, though it is a process group of its own.
#include <gmock/gmock.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "tests/support/migrator_world.h"

namespace {

using support::MigratorWorld;
using testing::HasSubstr;

/// `sluice run -- sh -c SCRIPT` as the foreground of a terminal of its own.
class ToolAtTheTerminal : public testing::Test {
 protected:
  ~ToolAtTheTerminal() override {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    ::close(terminal_);
  }
  void start(const std::string& script) {
    std::vector<std::string> words = world_.command({"run", "--", "sh", "-c", script});
    std::vector<std::string> environment = world_.environment();
    pid_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
    if (pid_ != 0) return;
    for (std::string& variable : environment) ::putenv(variable.data());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  void type(const std::string& keys) const {
    EXPECT_EQ(::write(terminal_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  bool shows(const std::string& text) {
    std::string& screen = screen_;
    for (char c = 0; screen.find(text) == std::string::npos && ::read(terminal_, &c, 1) == 1;) screen += c;
    return screen.find(text) != std::string::npos;
  }
  int end() {
    shows("\"run ended\"");
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const MigratorWorld world_ = {};
  pid_t pid_ = 0;
  int terminal_ = -1;
  std::string screen_ = {};
};

TEST_F(ToolAtTheTerminal, ReadsWhatIsTyped) {
  start("echo ready; read answer; echo the answer is $answer");
  ASSERT_TRUE(shows("\"line\":\"ready\"")) << screen_;
  type("yes\n");
  EXPECT_TRUE(shows("the answer is yes")) << screen_;
  EXPECT_EQ(end(), 0);
}

TEST_F(ToolAtTheTerminal, EndsByCtrlCAndTheRunIsCancelled) {
  // Debian's sh would look at a signal that came between the echo and the next command only after that command.
  start(R"(exec perl -e '$| = 1; print "ready\n"; sleep 600; print "not here\n"')");
  ASSERT_TRUE(shows("\"line\":\"ready\"")) << screen_;
  type("\x03");
  EXPECT_EQ(end(), 143) << screen_;
  EXPECT_THAT(screen_, Not(HasSubstr("not here")));
}

TEST_F(ToolAtTheTerminal, StopsByCtrlZWithTheRunAndGoesOnWithIt) {
  start("echo ready; read answer; echo the answer is $answer");
  ASSERT_TRUE(shows("\"line\":\"ready\"")) << screen_;
  type("\x1a");
  int status = 0;
  ASSERT_EQ(::waitpid(pid_, &status, WUNTRACED), pid_);
  ASSERT_TRUE(WIFSTOPPED(status)) << screen_;
  ::kill(pid_, SIGCONT);
  type("yes\n");
  EXPECT_TRUE(shows("the answer is yes")) << screen_;
  EXPECT_EQ(end(), 0);
}

}  // namespace
