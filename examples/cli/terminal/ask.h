/* Questions at the terminal. */
#ifndef ASK_H
#define ASK_H

#include "../cli.h"

/* Returns whether somebody can be asked: stdin is a terminal, and no other job has it. The terminal
 * is then taken over until ask_end(), so that nothing that is typed ahead is lost or shown. */
bool ask_begin(void);
/* May be called any number of times. */
void ask_end(void);

/* From now on `<` is no answer: it makes each function below return ASK_BACK. Ends with ask_end().
 */
enum { ASK_BACK = -1 };
void ask_allow_back(void);

/* NULL, or what is wrong with the answer: "is not ...". `key` is what ask_text() was given. */
typedef const char *ask_check(int key, const char *answer);

/* All of these say what is wrong with an answer, and ask again until one is right. They return a
 * CLI_ status: CLI_FAILED once the person has given up, which they report. */

/* Asks for a line. Enter alone takes `fallback`. NULL: there is none. "": the question may be left
 * open. `out` may be what `fallback` points at. */
int ask_text(const char *question, const char *fallback, ask_check *check, int key,
             char out[VALUE_SIZE]);

typedef struct {
  const char *name, *text;
  const char *value;   /* what the choice means; NULL: its name */
  const char *refusal; /* why it cannot be chosen, or NULL */
} ask_choice;

/* Asks for one of `n` choices, by number or name, or for something else that `other` accepts, if it
 * is not NULL. Enter takes what means `fallback`, or the first. */
int ask_one(const char *question, const char *fallback, const ask_choice *choices, size_t n,
            ask_check *other, char out[VALUE_SIZE]);

/* The answer is not shown while it is typed. The view is valid until the next question. */
int ask_hidden(const char *question, moat_span *answer);

int ask_yes(const char *question, bool *yes);

#endif
