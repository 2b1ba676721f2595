#include "request.h"

#include <string.h>

#define PUT(w, s) moat__put_span(w, MOAT__LIT(s))

static void put_host(moat_writer *w, const moat_endpoint *e) {
  bool v6 = strchr(e->host, ':') != NULL;
  if (v6) moat__put_char(w, '[');
  moat__put_span(w, moat_str(e->host));
  if (v6) moat__put_char(w, ']');
  if (e->port != 443) {
    moat__put_char(w, ':');
    moat__put_number(w, e->port);
  }
}

void moat__post_begin(moat_writer *w, const moat_endpoint *e, const moat_auth *auth) {
  PUT(w, "POST ");
  moat__put_span(w, moat_str(e->path));
  PUT(w, " HTTP/1.1\r\nHost: ");
  put_host(w, e);
  PUT(w, "\r\nUser-Agent: " MOAT_USER_AGENT "\r\nAccept: application/json\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\n");
  if (auth->ops->header) auth->ops->header(auth, w);
  PUT(w, "Content-Length: \r\n\r\n");
  w->form = w->n;
  if (auth->ops->form) auth->ops->form(auth, w);
}

void moat__post_end(moat_writer *w) {
  char digits[10];
  moat_writer length = {.p = digits, .size = sizeof digits};
  size_t body = w->n - w->form, at = w->form - 4;
  moat__put_number(&length, (uint32_t)body);
  w->n += length.n;
  if (w->n > w->size) return;
  memmove(w->p + at + length.n, w->p + at, 4 + body);
  memcpy(w->p + at, digits, length.n);
}
