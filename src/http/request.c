/* Writes a request straight into the work buffer. The length of the body is not known until
 * the body is written. */
#include "http.h"

#include <string.h>

void moat__put_host(moat_writer *w, const char *host) {
  bool v6 = strchr(host, ':') != NULL;
  if (v6) moat__put_char(w, '[');
  moat__put_text(w, host);
  if (v6) moat__put_char(w, ']');
}

void moat__put_head(moat_writer *w, const moat_endpoint *e) {
  moat__put_text(w, " HTTP/1.1\r\nHost: ");
  moat__put_host(w, e->host);
  if (e->port != 443) {
    moat__put_char(w, ':');
    moat__put_number(w, e->port);
  }
  moat__put_text(w, "\r\nUser-Agent: " MOAT_USER_AGENT "\r\nAccept: application/json\r\n");
}

void moat__put_body(moat_writer *w) {
  moat__put_text(w, "Content-Length: \r\n\r\n");
  w->form = w->n;
}

void moat__post_begin(moat_writer *w, const moat_endpoint *e, const moat_auth *auth) {
  moat__put_text(w, "POST ");
  moat__put_text(w, e->path);
  moat__put_head(w, e);
  moat__put_text(w, "Content-Type: application/x-www-form-urlencoded\r\n");
  if (auth->ops->header) auth->ops->header(auth, w);
  moat__put_body(w);
  if (auth->ops->form) auth->ops->form(auth, w);
}

/* The length is first written after the body, where the writer checks that it fits, and is then
 * moved to its place. */
void moat__post_end(moat_writer *w) {
  char digits[10];
  size_t at = w->form - 4, end = w->n;
  moat__put_number(w, (uint32_t)(end - w->form));
  size_t n = w->n - end;
  if (w->n > w->size) return;
  memcpy(digits, w->p + end, n);
  memmove(w->p + at + n, w->p + at, end - at);
  memcpy(w->p + at, digits, n);
}
