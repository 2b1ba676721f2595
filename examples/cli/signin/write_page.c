/* The page has no scripts, fonts or pictures, so that its policy can forbid them all. */
#include "write_page.h"

#include "../terminal/utf8.h"

#include <stdio.h>
#include <string.h>

static const char head[] = "Content-Type: text/html; charset=utf-8\r\n"
                           "Content-Security-Policy: default-src 'none'; style-src "
                           "'unsafe-inline'; img-src data:; base-uri 'none'; "
                           "form-action 'none'; frame-ancestors 'none'\r\n"
                           "X-Content-Type-Options: nosniff\r\n"
                           "Referrer-Policy: no-referrer\r\n"
                           "Cache-Control: no-store\r\n"
                           "Connection: close\r\n";

static const char before[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<link rel=\"icon\" href=\"data:,\">\n<title>";

static const char style[] =
    "</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;"
    "font:1.0625rem/1.6 system-ui,sans-serif;background:#f3f5f8;color:#1b2430}\n"
    "main{box-sizing:border-box;width:100%;max-width:34rem;margin:1rem;padding:2rem;"
    "border-radius:.75rem;background:#fff;border-top:.375rem solid COLOUR;"
    "box-shadow:0 1px 6px #0002;overflow-wrap:anywhere}\n"
    "h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}\np{margin:.5rem 0}\n"
    "footer{margin-top:1.5rem;font-size:.875rem;color:#5b6675}\n"
    "@media(prefers-color-scheme:dark){body{background:#12171e;color:#e6eaf0}"
    "main{background:#1d242e}footer{color:#9aa6b5}}\n"
    "</style>\n</head>\n<body>\n<main>\n<h1>";

static const char before_foot[] = "<footer>Moat, on this machine";
static const char after[] = "</footer>\n</main>\n</body>\n</html>\n";

typedef struct {
  char *p;
  size_t n, size;
} text;

static void put(text *t, const char *p, size_t n) {
  if (n > t->size - t->n) n = t->size - t->n;
  memcpy(t->p + t->n, p, n);
  t->n += n;
}

static void put_text(text *t, const char *z) {
  put(t, z, strlen(z));
}

/* Returns NULL for a character that needs no escape. */
static const char *entity(char c) {
  switch (c) {
  case '<': return "&lt;";
  case '>': return "&gt;";
  case '&': return "&amp;";
  case '"': return "&quot;";
  case '\'': return "&#39;";
  default: return NULL;
  }
}

static size_t escaped_size(const char *p, size_t n) {
  size_t size = 0;
  for (size_t i = 0; i < n; i++)
    size += entity(p[i]) ? strlen(entity(p[i])) : 1;
  return size;
}

static void put_escaped(text *t, const char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (entity(p[i]))
      put_text(t, entity(p[i]));
    else
      put(t, p + i, 1);
}

static void put_style(text *t, bool good) {
  const char *colour = strstr(style, "COLOUR");
  put(t, style, (size_t)(colour - style));
  put_text(t, good ? "#1a7f4b" : "#c0392b");
  put_text(t, colour + 6);
}

/* Each line becomes a paragraph while there is room, of which `kept` bytes stay free. A long line,
 * such as a server's description, is cut, because what to do comes after it. */
static void put_lines(text *t, const char *lines, size_t kept) {
  enum { LINE_MAX_BYTES = 300, TAGS = 16 };
  for (size_t n; *lines; lines += n + (lines[n] == '\n')) {
    n = strcspn(lines, "\n");
    size_t shown = n < LINE_MAX_BYTES ? n : LINE_MAX_BYTES;
    while (shown < n && shown > 0 && utf8_continues(lines[shown]))
      shown--;
    if (escaped_size(lines, shown) + TAGS + kept > t->size - t->n) return;
    put_text(t, "<p>");
    put_escaped(t, lines, shown);
    put_text(t, shown < n ? "\u2026</p>\n" : "</p>\n");
  }
}

static const char *reason(int status) {
  switch (status) {
  case 200: return "OK";
  case 400: return "Bad Request";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 409: return "Conflict";
  case 431: return "Request Header Fields Too Large";
  default: return "Bad Gateway";
  }
}

size_t write_page(char out[PAGE_SIZE], int status, const char *title, const char *lines,
                  const char *foot) {
  static char body[PAGE_SIZE];
  /* Head and body fit together: a head is under 600 bytes. */
  text t = {.p = body, .size = sizeof body - 600};
  put_text(&t, before);
  put_escaped(&t, title, strlen(title));
  put_style(&t, status == 200);
  put_escaped(&t, title, strlen(title));
  put_text(&t, "</h1>\n");
  put_lines(&t, lines, sizeof before_foot + escaped_size(foot, strlen(foot)) + sizeof after);
  put_text(&t, before_foot);
  put_escaped(&t, foot, strlen(foot));
  put_text(&t, after);
  int n = snprintf(out, PAGE_SIZE, "HTTP/1.1 %d %s\r\n%s%sContent-Length: %zu\r\n\r\n", status,
                   reason(status), head, status == 405 ? "Allow: GET\r\n" : "", t.n);
  memcpy(out + n, body, t.n);
  return (size_t)n + t.n;
}
