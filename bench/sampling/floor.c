/* floor ROUNDS PAUSE_MS, pids on stdin: opens, reads and closes /proc/PID/stat of each, ROUNDS times,
   with a pause between two rounds as what it is compared with. Prints microseconds of CPU a round. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double cpu_us(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void round_of(const int *pids, int count) {
  char path[64], buffer[4096];
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "/proc/%d/stat", pids[i]);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) continue;
    if (read(fd, buffer, sizeof buffer) <= 0) fprintf(stderr, "nothing to read in %s\n", path);
    close(fd);
  }
}

int main(int argc, char **argv) {
  static int pids[65536];
  int rounds = argc > 1 ? atoi(argv[1]) : 10, count = 0;
  while (count < 65536 && scanf("%d", &pids[count]) == 1) count++;
  long pause_ms = argc > 2 ? atol(argv[2]) : 0;
  struct timespec pause = {pause_ms / 1000, pause_ms % 1000 * 1000000};
  round_of(pids, count);
  double used = 0;
  for (int i = 0; i < rounds; i++) {
    if (pause_ms > 0) nanosleep(&pause, NULL);
    double before = cpu_us();
    round_of(pids, count);
    used += cpu_us() - before;
  }
  printf("%.3f\n", used / rounds);
  return 0;
}
