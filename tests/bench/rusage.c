/* rusage PROGRAM [ARG...]: runs it, and writes to descriptor 3 what it took, with all processes
 * that it waited for: microseconds of CPU, and the peak of resident memory in KB. It is small
 * itself, for a child begins with the memory of its parent. */
#define _DEFAULT_SOURCE /* wait4() */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static long long microseconds(struct timeval t) {
  return t.tv_sec * 1000000LL + t.tv_usec;
}

int main(int argc, char **argv) {
  struct rusage used;
  int status;
  if (argc < 2) return 2;
  pid_t child = fork();
  if (child == 0) {
    close(3);
    execv(argv[1], argv + 1);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &used) != child) return 1;
  dprintf(3, "%lld %ld\n", microseconds(used.ru_utime) + microseconds(used.ru_stime),
          used.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
