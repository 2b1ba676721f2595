/* Three fields decide where an answer ends and whether the connection stays. All others pass
 * unread, except those that a grant wants to keep. */
#include "response_fields.h"

#include "../text/text.h"

#define LENGTH_MAX (INT32_MAX - 9) /* the largest number that moat__number() reads */

static bool name_is(const moat_http *h, const char *name) {
  return moat__is_nocase((moat_span){h->name, h->name_size}, name);
}

uint8_t moat__field(const moat_http *h) {
  if (h->past_head) return MOAT__FIELD_OTHER;
  if (name_is(h, "content-length"))
    return moat__has_body(h) ? MOAT__FIELD_LENGTH : MOAT__FIELD_OTHER;
  if (name_is(h, "transfer-encoding"))
    return moat__has_body(h) ? MOAT__FIELD_CODING : MOAT__FIELD_OTHER;
  if (name_is(h, "connection")) return MOAT__FIELD_CONNECTION;
  for (uint8_t i = 0; i < MOAT_KEPT_MAX && h->keep_headers && h->keep_headers[i]; i++)
    if (!h->kept_values[i].p && name_is(h, h->keep_headers[i]))
      return (uint8_t)(MOAT__FIELD_KEPT + i);
  return MOAT__FIELD_OTHER;
}

static moat_span trim(const char *p, size_t n) {
  while (n && moat__is_space(p[n - 1]))
    n--;
  while (n && moat__is_space(*p)) {
    p++;
    n--;
  }
  return (moat_span){p, n};
}

/* RFC 9112 6.3: the value has only digits. A repeated length must be the same. If the status
 * decides, the body is dropped, so its exact length does not matter. */
static int length_value(moat_http *h, moat_span value) {
  int32_t n = moat__number_up_to(value, LENGTH_MAX + 1);
  if (n < 0 || (n > LENGTH_MAX && !h->status_decides)) return MOAT_E_HTTP;
  if (h->has_length && h->left != (uint32_t)n) return MOAT_E_HTTP;
  h->left = (uint32_t)n;
  h->has_length = true;
  return 0;
}

static int coding_value(moat_http *h, moat_span value) {
  if (h->chunked || !moat__is_nocase(value, "chunked")) return MOAT_E_HTTP;
  h->chunked = true;
  return 0;
}

static int connection_value(moat_http *h, moat_span value) {
  while (value.n) {
    moat_span word = moat__take(&value, ',');
    if (moat__is_nocase(trim(word.p, word.n), "close")) h->closes = true;
  }
  return 0;
}

int moat__field_value(moat_http *h) {
  moat_span value = trim(moat__http_body(h), h->held);
  h->held = 0;
  switch (h->field) {
  case MOAT__FIELD_LENGTH: return length_value(h, value);
  case MOAT__FIELD_CODING: return coding_value(h, value);
  case MOAT__FIELD_CONNECTION: return connection_value(h, value);
  default: break;
  }
  h->kept_values[h->field - MOAT__FIELD_KEPT] = value;
  h->kept += value.n;
  return 0;
}
