/* Reads members of an answer by name. The answer is a JSON object or a form. A faulty member does
 * not affect the others. */
#ifndef MOAT__MEMBERS_H
#define MOAT__MEMBERS_H

#include "moat/moat.h"

/* The kinds of values that are usable. In a JSON object null, booleans and empty values are never
 * usable, except as MOAT__RAW. In a form all values are strings, and only MOAT__VSCHAR restricts
 * them. */
enum {
  MOAT__STRING = 1, /* valid UTF-8 without U+0000, escapes decoded */
  MOAT__VSCHAR = 2, /* a string of visible ASCII and spaces (RFC 6749 A) */
  MOAT__NUMBER = 4, /* the text of the number */
  MOAT__LIST = 8,   /* an array with elements of the other kinds, joined by spaces */
  MOAT__RAW = 16, /* any value, as it stands in the text: true, or an object to be read by itself */
  MOAT__OBJECT = 32 /* not usable in a form */
};

typedef struct {
  const char *name;
  uint8_t kinds; /* 0: usable only in a form */
} moat__member;

/* Reads the members `names[0..count)` of r->body into `values`, as views of the body. If a member
 * is repeated, the last usable value counts. A missing value is {NULL, 0}. After an error no value
 * counts. The body is changed: the text of known but unused values is wiped. Returns 0, MOAT_E_JSON
 * if the body is neither a JSON object nor a form with one of the names, or MOAT_E_SPACE if it was
 * dropped or is nested too deeply for the scratch. e->body is always set. */
MOAT_NODISCARD int moat__members_read(const moat_reply *r, const moat__member *names,
                                      moat_span *values, size_t count, moat_error_info *e);

/* ---- For the two readers; the values begin as {NULL, 0} ---- */

typedef struct {
  const moat__member *names;
  moat_span *values;
  size_t count;
} moat__members;

/* Returns the index of a name, or m->count. */
size_t moat__members_find(const moat__members *m, moat_span name);

/* Sets the value of member i to the first n of `size` bytes at p, if they are usable text, and says
 * whether they are. The remaining bytes are wiped, and so is a value that is replaced. n < 0: not
 * usable. */
bool moat__members_set(const moat__members *m, size_t i, char *p, int n, size_t size);

#endif
