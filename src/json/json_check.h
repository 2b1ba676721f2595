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

/* False if `text` cannot be a single JSON object. */
bool moat__json_begin(moat__json *j, const char *text, size_t n, void *scratch,
                      size_t scratch_size);

/* Gives the next member's name, without its quotes, and its value. Both are checked for grammar
 * (RFC 8259), but not for UTF-8. Returns 1, 0 after the last member of a valid object, MOAT_E_JSON,
 * or MOAT_E_SPACE. The caller may change the text before the next member. */
int moat__json_next(moat__json *j, moat_span *name, moat_span *value);

/* Decodes the escapes of a checked string in place and returns its new length. Half a surrogate
 * pair becomes bytes that are not valid UTF-8. */
size_t moat__json_unescape(char *p, size_t n);

#endif
