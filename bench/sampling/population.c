/* population COUNT ACTIVE: forks COUNT processes that sleep; ACTIVE of them wake up ten times a second.
   Prints "ready" when all are there; they die with this process, and it with whoever started it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static void sleeper(int active, pid_t parent) {
  struct timespec tenth = {0, 100000000};
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);
  for (;;) {
    if (active) nanosleep(&tenth, NULL);
    else pause();
  }
}

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 10;
  int active = argc > 2 ? atoi(argv[2]) : 0;
  pid_t parent = getpid();
  /* a measurement that fails leaves nothing behind */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid == -1) {
      perror("fork");
      return 1;
    }
    if (pid == 0) sleeper(i < active, parent);
  }
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
