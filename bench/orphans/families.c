/* families: makes parents with one child each, ends parents, and tells how long their children then lived.
   Orders on stdin: "make N" prints N lines "INDEX PARENT CHILD"; "kill INDEX" ends that parent;
   "collect N" waits for N children that were asked to end (SIGTERM) and prints a line "INDEX MICROSECONDS" for each.
   Everything ends with this program. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 100000

struct told { int index; int64_t at; };
struct born { int index; pid_t parent, child; };

static int lifeline[2], births[2], deaths[2];
static pid_t parents[MOST];
static int64_t killed[MOST];

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void child(int index, int signals) {
  struct pollfd fds[2] = {{signals, POLLIN, 0}, {lifeline[0], POLLIN, 0}};
  poll(fds, 2, -1);
  struct told told = {index, now()};
  if (fds[0].revents && write(deaths[1], &told, sizeof told) != sizeof told) _exit(1);
  _exit(0);
}

static void parent(int index, int signals) {
  struct pollfd fds[1] = {{lifeline[0], POLLIN, 0}};
  pid_t pid = fork();
  if (pid == 0) child(index, signals);
  struct born born = {index, getpid(), pid};
  if (write(births[1], &born, sizeof born) != sizeof born) _exit(1);
  poll(fds, 1, -1);
  _exit(0);
}

static void make(int count, int *made, int signals) {
  for (int i = 0; i < count && *made < MOST; i++) {
    int index = (*made)++;
    fflush(stdout);
    parents[index] = fork();
    if (parents[index] == 0) {
      close(lifeline[1]);
      parent(index, signals);
    }
    struct born born;
    if (read(births[0], &born, sizeof born) != sizeof born) exit(1);
    printf("%d %d %d\n", born.index, born.parent, born.child);
  }
}

static void collect(int count) {
  struct told told;
  for (int i = 0; i < count; i++) {
    if (read(deaths[0], &told, sizeof told) != sizeof told) exit(1);
    printf("%d %ld\n", told.index, (long)((told.at - killed[told.index]) / 1000));
  }
}

int main(void) {
  char line[64];
  int made = 0, number;
  sigset_t set;
  if (pipe2(lifeline, O_CLOEXEC) || pipe2(births, O_CLOEXEC) || pipe2(deaths, O_CLOEXEC)) return 1;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  int signals = signalfd(-1, &set, SFD_CLOEXEC);
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "make %d", &number) == 1) make(number, &made, signals);
    else if (sscanf(line, "collect %d", &number) == 1) collect(number);
    else if (sscanf(line, "kill %d", &number) == 1 && number >= 0 && number < made) {
      killed[number] = now();
      kill(parents[number], SIGKILL);
      waitpid(parents[number], NULL, 0);
    }
    fflush(stdout);
  }
  return 0;
}
