/* The header fields of a response that matter (RFC 9112 6). */
#ifndef MOAT__RESPONSE_FIELDS_H
#define MOAT__RESPONSE_FIELDS_H

#include "http.h"

/* From MOAT__FIELD_KEPT on: keep_headers[0] and so on. */
enum {
  MOAT__FIELD_OTHER,
  MOAT__FIELD_LENGTH,
  MOAT__FIELD_CODING,
  MOAT__FIELD_CONNECTION,
  MOAT__FIELD_KEPT
};

static inline bool moat__is_space(char c) {
  return c == ' ' || c == '\t';
}

/* RFC 9112 6.3, rules 1 and 2: these have no body, whatever their headers announce. */
static inline bool moat__has_body(const moat_http *h) {
  if (h->asked_connect && !h->status_decides) return false;
  return h->status >= 200 && h->status != 204 && h->status != 304;
}

/* Which field the name in h->name is. */
uint8_t moat__field(const moat_http *h);

/* Takes the value of h->field, which is gathered like a body. Returns 0 or MOAT_E_HTTP. */
MOAT_NODISCARD int moat__field_value(moat_http *h);

#endif
