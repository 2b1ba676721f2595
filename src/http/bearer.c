/* Requests that carry a token in a header (RFC 6750 2.1). */
#include "http.h"

/* A line break in a token would begin another header. */
bool moat__is_bearer(moat_span token) {
  for (size_t i = 0; i < token.n; i++)
    if (token.p[i] <= ' ' || token.p[i] > '~') return false;
  return true;
}

void moat__put_bearer(moat_writer *w, const char *method, const moat_endpoint *e, moat_span token) {
  moat__put_text(w, method);
  moat__put_char(w, ' ');
  moat__put_text(w, e->path);
  moat__put_head(w, e);
  if (token.n) moat__put_text(w, "Authorization: Bearer ");
  moat__put_span(w, token);
  if (token.n) moat__put_text(w, "\r\n");
}
