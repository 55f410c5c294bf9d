// The process that holds a pod's namespaces: it sleeps until it is told to end, and reaps whoever is left to it.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int signal_number) { _exit(signal_number == SIGTERM || signal_number == SIGINT ? 0 : 1); }

static void reap(int signal_number) {
  (void)signal_number;
  while (waitpid(-1, 0, WNOHANG) > 0) {
  }
}

int main(void) {
  struct sigaction ending = {.sa_handler = end};
  struct sigaction reaping = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};
  if (sigaction(SIGTERM, &ending, 0) != 0 || sigaction(SIGINT, &ending, 0) != 0 || sigaction(SIGCHLD, &reaping, 0) != 0) {
    return 1;
  }
  for (;;) pause();
}
