#include "migrator/cli/signals.h"

#include <csignal>

namespace cli {
namespace {

volatile std::sig_atomic_t cancelled = 0;

void note(int) { cancelled = 1; }

}  // namespace

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool is_cancelled() { return cancelled != 0; }

}  // namespace cli
