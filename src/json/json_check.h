/* The parts of moat__json_read() that do not need jsmn. */
#ifndef MOAT__JSON_CHECK_H
#define MOAT__JSON_CHECK_H

#include "moat/moat.h"

/* One JSON object, read member by member. */
typedef struct {
  const uint8_t *p, *end;
  void *scratch; /* a bit for each level that is open */
  size_t scratch_size;
  bool past_first;
  int error;
} moat__json;

/* False: `text` cannot be one JSON object and nothing else. */
bool moat__json_begin(moat__json *j, const char *text, size_t n, void *scratch,
                      size_t scratch_size);

/* The next member's name, without its quotes, and its value, both checked for grammar (RFC 8259)
 * but for UTF-8. 1; 0: there are no more, and all of it was good; MOAT_E_JSON; MOAT_E_SPACE. What
 * came before may be changed. */
int moat__json_next(moat__json *j, moat_span *name, moat_span *value);

/* Decodes the escapes of a checked string in place; its new length. Half a surrogate pair becomes
 * what is no UTF-8. */
size_t moat__json_unescape(char *p, size_t n);

#endif
