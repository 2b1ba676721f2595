/* Time and randomness. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/random.h>
#endif

/* Linux stops CLOCK_MONOTONIC while the machine sleeps, but tokens still grow old. */
#ifdef CLOCK_BOOTTIME
#define TICKS CLOCK_BOOTTIME
#else
#define TICKS CLOCK_MONOTONIC
#endif

int64_t moat_posix__now_ms(void) {
  struct timespec t = {0, 0};
  if (clock_gettime(TICKS, &t)) (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint32_t moat_posix__ticks_ms(void *ctx) {
  (void)ctx;
  return (uint32_t)moat_posix__now_ms();
}

/* A clock without a battery starts in the past. Such a date cannot judge a certificate. */
int moat_posix__unix_time(void *ctx, int64_t *seconds) {
  const int64_t start_of_2024 = 1704067200;
  struct timespec t;
  if (clock_gettime(CLOCK_REALTIME, &t)) return moat_posix__fail(ctx, MOAT_E_CLOCK, errno);
  if ((int64_t)t.tv_sec < start_of_2024) return moat_posix__fail(ctx, MOAT_E_CLOCK, 0);
  *seconds = (int64_t)t.tv_sec;
  return MOAT_OK;
}

/* Used without getrandom(): /dev/urandom may answer before it is seeded, but /dev/random does
 * not. */
static int random_device(uint8_t *p, size_t n) {
  int fd = open("/dev/random", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  struct pollfd seeded = {.fd = fd, .events = POLLIN};
  int error = poll(&seeded, 1, 0) == 1 ? 0 : EAGAIN;
  close(fd);
  if (error) return error;
  fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  error = moat_posix__read_all(fd, p, n);
  close(fd);
  return error;
}

/* Soon after boot, the first getrandom() may take a second. It still has to wait: the kernel
 * gathers entropy only for a waiting caller. */
static int random_bytes(uint8_t *p, size_t n) {
#ifdef __linux__
  while (n > 0) {
    ssize_t r = getrandom(p, n, 0);
    if (r < 0 && errno == ENOSYS) return random_device(p, n);
    if (r < 0 && errno != EINTR) return errno;
    if (r < 0) continue;
    p += r;
    n -= (size_t)r;
  }
  return 0;
#else
  return random_device(p, n);
#endif
}

int moat_posix__random(void *ctx, void *p, size_t n) {
  int error = random_bytes(p, n);
  return error ? moat_posix__fail(ctx, MOAT_E_RANDOM, error) : MOAT_OK;
}
