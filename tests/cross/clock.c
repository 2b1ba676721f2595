/* A clock that is CLOCK_AHEAD seconds ahead, for LD_PRELOAD. It is compiled with the flags of the
 * program: where time_t is made wider by them, time.h gives these functions the names that the
 * program calls. */
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t id, struct timespec *now) {
  if (syscall(SYS_clock_gettime64, id, now)) return -1;
  if (id == CLOCK_REALTIME) now->tv_sec += atoi(getenv("CLOCK_AHEAD"));
  return 0;
}

time_t time(time_t *seconds) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (seconds) *seconds = now.tv_sec;
  return now.tv_sec;
}
