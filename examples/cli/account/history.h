/* The last exchanges with the server, in the file `history` of the state. */
#ifndef HISTORY_H
#define HISTORY_H

#include "account.h"

enum {
  HISTORY_LINES = 100,  /* as many are shown */
  HISTORY_SIZE = 65536, /* of the file at most, with a NUL */
  CORRELATION_SIZE = 65
};

/* The fields of a line, and the longest time. */
enum {
  HISTORY_TIME,
  HISTORY_COMMAND,
  HISTORY_NEED,
  HISTORY_DETAIL,
  HISTORY_CORRELATION,
  HISTORY_FIELDS,
  HISTORY_TIME_SIZE = 20
};

/* Adds the exchange that a verb ended with `result`, if it came to one. What cannot be written is
 * left out: the exchange is over, and counts more. */
void history_add(account *a, int result);

/* Reads the file, and returns where its last HISTORY_LINES lines begin in `text`, or NULL if there
 * are none. A line is "TIME\tCOMMAND\tNEED\tDETAIL\tCORRELATION-ID\n".
 * After a refusal, DETAIL is "ERROR NUMBER, HTTP STATUS", with the provider's number if it gave
 * one. */
char *history_read(const account *a, char text[HISTORY_SIZE]);

/* Whether a file was changed after the last line was added. */
bool history_is_older(const account *a, const char *than);

/* Splits a line without its end into its fields, in place. Returns false for a line that a power
 * loss cut short or mixed up with another. */
bool history_split(char *line, char *field[HISTORY_FIELDS]);

/* Finds the number that Entra's support asks for in a description. */
bool correlation_id(moat_span description, char out[CORRELATION_SIZE]);

#endif
