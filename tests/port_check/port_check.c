#include "port_check.h"

/* Patience with what takes its time, a flash or a network; not a measure of speed. */
enum { PATIENCE_MS = 60000 };

static const port_check_setup *setup;
static const char *name;
static int number, failures;
static bool failed;

/* No printf: a board may have none. */
static void print_number(long value) {
  char digits[24];
  char *at = digits + sizeof digits - 1;
  unsigned long rest = value < 0 ? 0ul - (unsigned long)value : (unsigned long)value;
  *at = '\0';
  do
    *--at = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0) *--at = '-';
  setup->print(at);
}

void port_check_begin(const char *text) {
  name = text;
  failed = false;
}

static void print_line(const char *verdict) {
  setup->print(verdict);
  print_number(number);
  setup->print(" - ");
  setup->print(name);
  setup->print("\n");
}

bool port_check_that(bool good, const char *what, long value) {
  if (good || failed) return good;
  failed = true;
  failures++;
  number++;
  print_line("not ok ");
  setup->print("# ");
  setup->print(what);
  setup->print(": ");
  print_number(value);
  setup->print("\n");
  return false;
}

void port_check_end(void) {
  if (failed) return;
  number++;
  print_line("ok ");
}

bool port_check_late(const port_check_setup *s, uint32_t start) {
  return s->platform->ticks_ms(s->platform_ctx) - start > PATIENCE_MS;
}

int port_check(const port_check_setup *s) {
  setup = s;
  number = failures = 0;
  port_check_platform(s);
  port_check_slots(s);
  port_check_stream(s);
  s->print("1..");
  print_number(number);
  s->print("\n");
  return failures;
}
