/* A checked view of one JSON object: RFC 8259 grammar and UTF-8 first, jsmn for the tokens after.
 */
#ifndef MOAT_JSON_H
#define MOAT_JSON_H

#include "moat/moat.h"

enum {
  MOAT_JSON_ABSENT, /* not there, or null */
  MOAT_JSON_OBJECT, /* raw text with the braces */
  MOAT_JSON_ARRAY,  /* raw text with the brackets */
  MOAT_JSON_STRING, /* unescaped in place, valid UTF-8, no U+0000 */
  MOAT_JSON_NUMBER, /* its text */
  MOAT_JSON_BOOL    /* its text */
};

typedef struct {
  moat_span text;
  uint8_t kind;
} moat_json_value;

/* Reads the members `names[0..count)`, 32 at most, of the object that `text` must be, from the
 * first level alone. A name is compared with its escapes decoded. Any other member is checked for
 * grammar and ignored. 0; MOAT_E_JSON: no such object; MOAT_E_REPLY: one of the names came twice,
 * or its string holds \u0000 or half of a surrogate pair; MOAT_E_SPACE: too little scratch for the
 * tokens. `needed` receives the scratch that the tokens take at this address. `text` is changed.
 * `scratch` may be of any alignment and is not wiped. */
MOAT_NODISCARD int moat__json_read(char *text, size_t n, void *scratch, size_t scratch_size,
                                   const char *const *names, moat_json_value *values, size_t count,
                                   size_t *needed);

/* The strings of an array that moat__json_read() gave out, joined by single spaces in place (a
 * scope, for one provider): the new length, or -1 if it holds anything but strings. */
int moat__json_join(char *raw, size_t n);

/* Seconds out of the text of a number, with a fraction or an exponent too, rounded down and
 * INT32_MAX at most; -1 if it is anything else or negative. */
int32_t moat__json_seconds(moat_span text);

#endif
