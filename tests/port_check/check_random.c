/* Randomness. No test can tell that it is strong, but some weak sources show. */
#include "port_check.h"

#include <string.h>

static bool randomness(const port_check_setup *s) {
  enum { N = 16, DRAWS = 32 };
  uint8_t drawn[DRAWS][N];
  port_check_begin("random fills all of it, anew each time");
  for (int i = 0; i < DRAWS; i++) {
    memset(drawn[i], 0, N);
    int r = port_check_random(s, drawn[i], N);
    if (!port_check_that(r == 0, "result", r)) return false;
    for (int j = 0; j < i; j++)
      port_check_that(memcmp(drawn[i], drawn[j], N) != 0, "the same bytes came again after", i - j);
  }
  int r = port_check_random(s, drawn[0], 1);
  port_check_that(r == 0, "result for a single byte", r);
  return port_check_end();
}

/* Sources give words or blocks, and not every number of bytes is a multiple of one. In 32 draws a
 * bit comes both ways. */
static bool any_number(const port_check_setup *s) {
  enum { N = 37, BEHIND = 8, DRAWS = 32, BLOCK = 16 };
  uint8_t p[N + BEHIND] = {0}, ones[N] = {0}, zeros[N] = {0};
  port_check_begin("random fills every bit of any number of bytes");
  for (int i = 0; i < DRAWS; i++) {
    memset(p, 0, N);
    int r = port_check_random(s, p, N);
    if (!port_check_that(r == 0, "result", r)) return false;
    for (int j = 1; j <= BLOCK; j++)
      port_check_that(memcmp(p, p + j, BLOCK) != 0, "it repeats itself after so many bytes", j);
    for (int j = 0; j < N; j++) {
      ones[j] = (uint8_t)(ones[j] | p[j]);
      zeros[j] = (uint8_t)(zeros[j] | ~p[j]);
    }
  }
  for (int i = 0; i < N; i++) {
    port_check_that(ones[i] == 0xff, "never set was a bit of byte", i);
    port_check_that(zeros[i] == 0xff, "always set was a bit of byte", i);
  }
  for (int i = N; i < N + BEHIND; i++)
    port_check_that(p[i] == 0, "a byte behind the end is", p[i]);
  return port_check_end();
}

enum { DRAW = 8, KEPT = 512 };

/* Looks at every place, since a source may go on by bytes. */
static bool has(const char *kept, size_t n, const uint8_t p[DRAW]) {
  for (size_t i = 0; i + DRAW <= n; i++)
    if ((uint8_t)kept[i] == p[0] && memcmp(kept + i, p, DRAW) == 0) return true;
  return false;
}

/* As much as Mbed TLS asks for at once, to sign by an RSA key of 4096 bits. Some sources give 256
 * bytes at most. */
static bool many(const port_check_setup *s) {
  memset(s->memory, 0, KEPT + 1);
  port_check_begin("random fills 512 bytes in one call");
  int r = port_check_random(s, s->memory, KEPT);
  if (!port_check_that(r == 0, "result", r)) return false;
  for (size_t at = DRAW; at < KEPT; at += DRAW)
    port_check_that(!has(s->memory, at, (const uint8_t *)s->memory + at), "8 bytes came again, at",
                    (long)at);
  port_check_that(s->memory[KEPT] == 0, "a byte behind the end is", s->memory[KEPT]);
  return port_check_end();
}

/* Chi-square of the bytes. By chance it is 255, give or take 23. */
static long chi_square(const uint16_t times[256]) {
  uint64_t n = 0, squares = 0;
  for (int i = 0; i < 256; i++) {
    n += times[i];
    squares += (uint64_t)times[i] * times[i];
  }
  return (long)(256 * squares / n) - (long)n;
}

/* A generator with a state of 16 bits repeats itself after 64 KB at most, and after less if it gets
 * a new state for each call. A slow source or board is asked for less, which the report says. */
static bool weakness(const port_check_setup *s) {
  enum { LEAST = 500, MOST = 10000, ALL_MS = 10000, EVEN = 100, UNEVEN = 500 };
  uint16_t times[256] = {0};
  uint8_t p[DRAW];
  size_t kept = 0;
  uint32_t start = port_check_ticks(s);
  int i = 0;
  port_check_begin("random has no short period and no bias");
  for (; i < MOST && (i < LEAST || port_check_ticks(s) - start < ALL_MS); i++) {
    int r = port_check_random(s, p, DRAW);
    if (!port_check_that(r == 0, "result", r)) return false;
    if (!port_check_that(!has(s->memory, kept, p), "8 bytes came again after so many of them", i))
      return false;
    if (kept < KEPT) memcpy(s->memory + kept, p, DRAW);
    if (kept < KEPT) kept += DRAW;
    for (int j = 0; j < DRAW; j++)
      times[p[j]]++;
  }
  if (i < MOST) s->print("# it is slow: a period of 64 KB would not have been seen\n");
  long chi = chi_square(times);
  port_check_that(chi > EVEN && chi < UNEVEN, "chi-square of the bytes, by chance 255", chi);
  return port_check_end();
}

void port_check_random_bytes(const port_check_setup *s) {
  if (randomness(s) && any_number(s) && weakness(s)) (void)many(s);
}
