/* All questions share one reader, so that an answer that was typed ahead waits for its question. */
#include "ask.h"

#include "../files.h"
#include "read_paste.h"
#include "term.h"
#include "trim.h"
#include "wrap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SHORT = 60 }; /* an answer that can be repeated in a line */

static paste line;
static bool may_go_back;

bool ask_begin(void) {
  if (!line.raw) paste_begin(&line);
  return line.raw;
}

void ask_allow_back(void) {
  may_go_back = true;
}

void ask_end(void) {
  may_go_back = false;
  paste_end(&line);
}

/* The cursor still stands behind the question, unless the input has ended. */
static int given_up(int result) {
  if (result != PASTE_END) (void)write_all(STDERR_FILENO, "\n", 1);
  if (result == -EINTR) return say_cancelled();
  say(CLI_FAILED, "the answers ended before the questions");
  hint("Nothing was written.");
  return CLI_FAILED;
}

/* Asks once. The answer is in `line` then. The fallback may come from an old profile, so the prompt
 * is cleaned like any other output. */
static int ask(const char *question, const char *fallback, int show) {
  static char raw[VALUE_SIZE + 128], prompt[sizeof raw];
  bool has = fallback && *fallback;
  (void)snprintf(raw, sizeof raw, "%s%s%s%s: ", question, has ? " [" : "", has ? fallback : "",
                 has ? "]" : "");
  size_t n = term_clean(moat_str(raw), prompt, sizeof prompt);
  paste_next(&line);
  line.show = show;
  (void)wrap_write(STDERR_FILENO, prompt, n, 2, wrap_columns(STDERR_FILENO));
  int r = paste_wait(&line);
  /* A line that was ended by the end of the input may be cut off, so it is no answer. */
  if (r != PASTE_READY || line.at_end) return given_up(r);
  return may_go_back && strcmp(line.text, "<") == 0 ? ASK_BACK : CLI_OK;
}

int ask_text(const char *question, const char *fallback, ask_check *check, int key,
             char out[VALUE_SIZE]) {
  for (;;) {
    int status = ask(question, fallback, PASTE_SHOW_TEXT);
    if (status) return status;
    const char *answer = trim(line.text), *wrong = NULL;
    if (!*answer && fallback) answer = fallback;
    if (!*answer && !fallback)
      hint("This needs an answer; Ctrl-C gives up.");
    else if (line.too_long || strlen(answer) >= VALUE_SIZE)
      hint("That is too long: more than %d characters.", VALUE_SIZE - 1);
    else if (*answer && (wrong = check(key, answer)) != NULL)
      hint("%s %s.", strlen(answer) <= SHORT ? answer : "That", wrong);
    else
      return memmove(out, answer, strlen(answer) + 1), CLI_OK;
  }
}

/* ---- Choices ---- */

/* The choices of the current question. A check gets only a key, so it finds them here. */
static const ask_choice *choices_now;
static size_t choices_count;
static ask_check *check_other;

/* By number or name; NULL for anything else. */
static const ask_choice *chosen(const char *answer) {
  for (size_t i = 0; i < choices_count; i++) {
    char number[8];
    (void)snprintf(number, sizeof number, "%u", (unsigned)(i + 1) % 100);
    if (strcmp(answer, number) == 0 || strcmp(answer, choices_now[i].name) == 0)
      return &choices_now[i];
  }
  return NULL;
}

static const char *check_choice(int key, const char *answer) {
  const ask_choice *c = chosen(answer);
  if (!c && check_other) return check_other(key, answer);
  return c ? c->refusal : "is none of these: give a number or a name";
}

static const char *meaning(const ask_choice *c) {
  return c->value ? c->value : c->name;
}

int ask_one(const char *question, const char *fallback, const ask_choice *choices, size_t n,
            ask_check *other, char out[VALUE_SIZE]) {
  char answer[VALUE_SIZE];
  const char *name = other && *fallback ? fallback : choices[0].name;
  choices_now = choices;
  choices_count = n;
  check_other = other;
  for (size_t i = 0; i < n; i++) {
    if (strcmp(meaning(&choices[i]), fallback) == 0) name = choices[i].name;
    hint("  %u  %-13s  %s", (unsigned)(i + 1), choices[i].name, choices[i].text);
  }
  int status = ask_text(question, name, check_choice, 0, answer);
  if (status) return status;
  const ask_choice *c = chosen(answer);
  const char *value = c ? meaning(c) : answer;
  memcpy(out, value, strlen(value) + 1);
  return CLI_OK;
}

static const char *check_yes(int key, const char *answer) {
  (void)key;
  return strcmp(answer, "yes") == 0 || strcmp(answer, "no") == 0 ? NULL : "is neither yes nor no";
}

int ask_yes(const char *question, bool *yes) {
  char answer[VALUE_SIZE];
  int status = ask_text(question, "no", check_yes, 0, answer);
  *yes = !status && strcmp(answer, "yes") == 0;
  return status;
}

/* ---- Secrets ---- */

/* The length shows the person that a paste arrived whole. */
int ask_hidden(const char *question, moat_span *answer) {
  int status = ask(question, NULL, PASTE_SHOW_NOTHING);
  *answer = (moat_span){line.text, line.n};
  if (!status && line.n) hint("(%zu characters)", line.n);
  return status;
}
