/* restless NUMBER COUNT RESTLESS [MARK]: this process and COUNT - 1 children, numbered on from NUMBER in their command lines.
   The first RESTLESS of them change four times a second: each uses 2 to 8 ms of CPU a second and holds 0 to 4 MB,
   by a generator of its own, so that every row of theirs differs from one second to the next; the others are asleep.
   The children die with this process, and it with whoever started it. NUMBER has five digits; MARK is there for whoever
   looks at command lines. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define PAGES 1024
#define QUARTER 250000000

static uint32_t next(uint32_t *state) {
  *state = *state * 1664525u + 1013904223u;
  return *state >> 8;
}

static long cpu_us(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static void restless(int number) {
  uint32_t state = (uint32_t)number * 2654435761u + 1;
  char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) exit(1);
  madvise(memory, PAGES * PAGE, MADV_NOHUGEPAGE);
  /* not all at the same moment */
  struct timespec pause = {0, next(&state) % QUARTER};
  uint32_t held = 0;
  for (;;) {
    nanosleep(&pause, NULL);
    pause.tv_nsec = QUARTER;
    long until = cpu_us() + 500 + next(&state) % 1500;
    uint32_t wanted = next(&state) % PAGES;
    if (wanted < held) madvise(memory + wanted * PAGE, (held - wanted) * PAGE, MADV_DONTNEED);
    for (; held < wanted; held++) memory[held * PAGE] = 1;
    held = wanted;
    while (cpu_us() < until);
  }
}

static void live(int number, int is_restless) {
  if (is_restless) restless(number);
  for (;;) pause();
}

int main(int argc, char **argv) {
  if (argc < 4 || strlen(argv[1]) != 5) return 2;
  int first = atoi(argv[1]), count = atoi(argv[2]), active = atoi(argv[3]);
  pid_t parent = getpid();
  /* a measurement that fails leaves nothing behind */
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int i = 1; i < count; i++) {
    /* what a child's command line says from its first moment on */
    snprintf(argv[1], 6, "%05u", (unsigned)(first + i) % 100000);
    pid_t pid = fork();
    if (pid == -1) {
      perror("fork");
      return 1;
    }
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(0);
      live(first + i, i < active);
    }
  }
  snprintf(argv[1], 6, "%05u", (unsigned)first % 100000);
  live(first, active > 0);
}
