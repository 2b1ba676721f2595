/* Finds what a mistyped word may have meant. */
#ifndef GUESS_H
#define GUESS_H

#include "../cli.h"

/* Begins as {.typed = WORD}, which stays borrowed. */
typedef struct {
  const char *typed;
  char best[NAME_SIZE]; /* the nearest word so far, or empty: none is near */
  size_t distance;
} guess;

/* Takes a word that would have been right. */
void guess_offer(guess *g, const char *word);

/* Writes a hint with the best word, if there is one. */
void guess_hint(const guess *g);

#endif
