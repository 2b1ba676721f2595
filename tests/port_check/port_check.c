#include "port_check.h"

#include <string.h>

/* Patience with what takes its time, a flash or a network; not a measure of speed. */
enum { PATIENCE_MS = 60000, NO_PATIENCE_MS = 10000, COLUMN = 12 };

static const port_check_setup *setup;
static const char *name;
static int passed, failures, skipped;
static bool failed, was_late;

/* No printf: a board may have none. */
static void print_number(long value, size_t width) {
  char digits[24];
  char *at = digits + sizeof digits - 1;
  unsigned long rest = value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;
  *at = '\0';
  do
    *--at = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) *--at = '-';
  while (strlen(at) < width)
    *--at = ' ';
  setup->print(at);
}

static void print_line(const char *verdict) {
  setup->print(verdict);
  print_number(passed + failures + skipped, 0);
  setup->print(" - ");
  setup->print(name);
}

void port_check_begin(const char *text) {
  name = text;
  failed = false;
  setup->print("# now: ");
  setup->print(name);
  setup->print("\n");
}

bool port_check_that(bool good, const char *what, long value) {
  if (good || failed) return good;
  failed = true;
  failures++;
  print_line("not ok ");
  setup->print("\n# ");
  setup->print(what);
  setup->print(": ");
  print_number(value, 0);
  setup->print("\n");
  return false;
}

bool port_check_end(void) {
  if (failed) return false;
  passed++;
  print_line("ok ");
  setup->print("\n");
  return true;
}

void port_check_skip(const char *text, const char *why) {
  name = text;
  skipped++;
  print_line("ok ");
  setup->print(" # SKIP ");
  setup->print(why);
  setup->print("\n");
}

/* A fault that shows once shows in many checks. They need not all take so long. */
bool port_check_late(const port_check_setup *s, uint32_t start) {
  bool late = port_check_ticks(s) - start > (was_late ? NO_PATIENCE_MS : PATIENCE_MS);
  was_late = was_late || late;
  return late;
}

void port_check_turn(const port_check_setup *s, int want, uint32_t ms) {
  if (!s->stream->wait && s->board && s->board->turn)
    s->board->turn(s->platform_ctx);
  else if (s->stream->wait && want != MOAT_WANT_TIME)
    (void)port_check_wait(s, want, ms);
}

/* The ticks decide, whatever wait does. If they stand still while wait sleeps, a check of its own
 * says that. */
void port_check_sleep(const port_check_setup *s, uint32_t ms) {
  enum { TURNS = 200000000 };
  uint32_t start = port_check_ticks(s);
  for (long i = 0; i < TURNS && port_check_ticks(s) - start < ms; i++)
    if (!s->stream->wait)
      port_check_turn(s, MOAT_WANT_TIME, 0);
    else if (port_check_wait(s, MOAT_WANT_TIME, i ? 0 : ms) != MOAT_WANT_TIME)
      i += TURNS / 1000;
}

bool port_check_again(const port_check_setup *s, int r, uint32_t start) {
  if (r != MOAT_WANT_TIME || port_check_late(s, start)) return false;
  port_check_sleep(s, 1);
  return true;
}

static void print_call(const char *call, const uint32_t numbers[3]) {
  setup->print("# ");
  setup->print(call);
  for (size_t n = strlen(call); n < COLUMN; n++)
    setup->print(" ");
  for (int i = 0; i < 3; i++)
    print_number((long)numbers[i], COLUMN);
  setup->print("\n");
}

static void print_report(const port_check_setup *s) {
  s->print("# call               times  longest ms      all ms\n");
  port_check_print_calls(print_call);
  s->print("# ");
  print_number(passed, 0);
  s->print(" passed, ");
  print_number(failures, 0);
  s->print(" failed, ");
  print_number(skipped, 0);
  s->print(" skipped\n1..");
  print_number(passed + failures + skipped, 0);
  s->print("\n");
}

void port_check_hangs(void) {
  (void)port_check_that(false, "it does not end; checks before it", passed + failures + skipped);
  print_report(setup);
}

static void check_all(const port_check_setup *s) {
  if (!port_check_platform(s)) {
    port_check_skip("all other checks", "ticks_ms tells them when to end");
    return;
  }
  port_check_restart(s);
  port_check_random_bytes(s);
  port_check_slots(s);
  port_check_stream(s);
  port_check_waiting(s);
  port_check_closing(s);
  port_check_names(s);
  port_check_calls();
  port_check_leave_note(s);
}

int port_check(const port_check_setup *s) {
  setup = s;
  passed = failures = skipped = 0;
  was_late = false;
  s->print("# port_check of ");
  s->print(s->name ? s->name : "a port without a name");
  s->print("\n");
  check_all(s);
  print_report(s);
  return failures;
}
