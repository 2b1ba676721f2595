/* Each check is a function that other commands have as well. It says what is wrong and what to do,
 * and here that becomes a line for a person or an object for a program. */
#include "finding.h"

#include "../terminal/term.h"
#include "../terminal/write_json.h"
#include "../terminal/write_output.h"
#include "worse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 8192, CHECK_WIDTH = 13 };

static bool as_json, is_first = true;
static int worst, failed;
static const char *check;

void findings_begin(bool json) {
  as_json = json;
  if (json) output_string("[");
}

void finding_begin(const char *name) {
  check = name;
  term_hold();
}

/* Each line of advice begins with the two blanks that it has on a screen. */
static void show(const char *level, const char *text, const char *advice) {
  failed = print_wrapped("%-7s  %-*s  %s", level, CHECK_WIDTH, check, text);
  for (size_t n; !failed && (n = strcspn(advice, "\n")) > 0; advice += n + 1)
    failed = print_wrapped("  %.*s", (int)n, advice);
}

/* In JSON the lines of advice are one text. */
static void put(const char *level, const char *text, const char *advice) {
  size_t n = strlen(advice);
  if (!is_first) output_string(",");
  is_first = false;
  json_begin();
  json_text("check", moat_str(check));
  json_text("level", moat_str(level));
  json_text("text", moat_str(text));
  json_text("advice", (moat_span){advice, n ? n - 1 : 0});
  json_end();
}

/* The level is said already. */
static const char *without(const char *start, const char *text) {
  size_t n = strlen(start);
  return strncmp(text, start, n) == 0 ? text + n : text;
}

void finding_end(int status, const char *format, ...) {
  static char good[TEXT_SIZE], said[TEXT_SIZE];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(good, sizeof good, format, arguments);
  va_end(arguments);
  (void)snprintf(said, sizeof said, "%s", term_said());
  term_release(); /* what is printed now may fail, and has to say so */
  char *end = strchr(said, '\n');
  if (end) *end = '\0';
  const char *text = end ? without("warning: ", said) : good, *advice = end ? end + 1 : "";
  const char *level = status ? "problem" : end ? "warning" : "ok";
  worst = worse(worst, status);
  if (!failed) (as_json ? put : show)(level, text, advice);
}

/* In JSON nothing was written so far. */
int findings_end(void) {
  if (as_json) output_string("]\n");
  if (as_json) failed = output_print();
  return failed ? failed : worst;
}
