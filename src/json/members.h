/* Reads the members of an answer, a JSON object or a form, by name. A fault of one member costs no
 * other. */
#ifndef MOAT__MEMBERS_H
#define MOAT__MEMBERS_H

#include "moat/moat.h"

/* What a member of a JSON object has to be to be usable; null and booleans never are, nor is
 * anything empty. A form has strings alone, and they all are usable but for MOAT__VSCHAR. */
enum {
  MOAT__STRING = 1, /* valid UTF-8 without U+0000, escapes decoded */
  MOAT__VSCHAR = 2, /* a string of visible ASCII and spaces (RFC 6749 A) */
  MOAT__NUMBER = 4, /* its text */
  MOAT__LIST = 8    /* an array whose elements are of the other kinds; with a space between them */
};

typedef struct {
  const char *name;
  uint8_t kinds; /* 0: usable in a form alone */
} moat__member;

/* Reads the members `names[0..count)` of r->body into values, which are views of it. Of several
 * members of one name the last usable one counts. An absent one is {NULL, 0}; after an error none
 * of them counts. The body is changed, and the text of what is known but not used is wiped.
 * 0; MOAT_E_JSON: neither an object of JSON nor a form with one of the names; MOAT_E_SPACE: it was
 * dropped, or is nested too deeply for the scratch. e->body is always set. */
MOAT_NODISCARD int moat__members_read(const moat_reply *r, const moat__member *names,
                                      moat_span *values, size_t count, moat_error_info *e);

/* ---- For the two readers. The values are {NULL, 0} before. ---- */

typedef struct {
  const moat__member *names;
  moat_span *values;
  size_t count;
} moat__members;

/* The index of a name, or m->count. */
size_t moat__members_find(const moat__members *m, moat_span name);

/* Takes the first n of `size` bytes at p for the value of member i, if they are usable text. What
 * remains of these bytes, and the value before, is wiped. n < 0: not usable. */
bool moat__members_set(const moat__members *m, size_t i, char *p, int n, size_t size);

#endif
