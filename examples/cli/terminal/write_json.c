/* Characters outside ASCII are written as escapes (RFC 8259 7), so no locale, terminal or pipe can
 * change them. */
#include "write_json.h"

#include "term.h"
#include "utf8.h"
#include "write_output.h"

#include <inttypes.h>
#include <stdio.h>

enum { REPLACEMENT = 0xfffd, BEYOND = 0x10000, ESCAPE_SIZE = 16 };

static bool is_first;

void json_begin(void) {
  output_string("{");
  is_first = true;
}

static void put_name(const char *name) {
  output_string(is_first ? "\n  \"" : ",\n  \"");
  output_string(name);
  output_string("\": ");
  is_first = false;
}

/* Returns the length. */
static size_t escape(uint32_t c, char out[ESCAPE_SIZE]) {
  int n;
  if (c == '"' || c == '\\')
    n = snprintf(out, ESCAPE_SIZE, "\\%c", (char)c);
  else if (c >= ' ' && c <= '~')
    n = snprintf(out, ESCAPE_SIZE, "%c", (char)c);
  else if (c < BEYOND)
    n = snprintf(out, ESCAPE_SIZE, "\\u%04" PRIx32, c);
  else
    n = snprintf(out, ESCAPE_SIZE, "\\u%04" PRIx32 "\\u%04" PRIx32, 0xd800 + ((c - BEYOND) >> 10),
                 0xdc00 + ((c - BEYOND) & 0x3ff));
  return (size_t)n;
}

void json_string(moat_span text, void (*put)(const char *p, size_t n)) {
  put("\"", 1);
  for (size_t at = 0, n; at < text.n; at += n ? n : 1) {
    uint32_t c;
    char out[ESCAPE_SIZE];
    n = utf8_decode(text.p + at, text.n - at, &c);
    put(out, escape(n ? c : REPLACEMENT, out));
  }
  put("\"", 1);
}

void json_text(const char *name, moat_span text) {
  put_name(name);
  json_string(text, output_bytes);
}

void json_text_or_null(const char *name, const char *text) {
  if (text)
    json_text(name, moat_str(text));
  else
    json_null(name);
}

void json_bool(const char *name, bool value) {
  put_name(name);
  output_string(value ? "true" : "false");
}

void json_number(const char *name, int64_t value) {
  char text[24];
  int n = snprintf(text, sizeof text, "%" PRId64, value);
  put_name(name);
  output_bytes(text, (size_t)n);
}

void json_null(const char *name) {
  put_name(name);
  output_string("null");
}

void json_time(const char *name, int64_t seconds) {
  char text[TIME_SIZE];
  json_text_or_null(name, time_stamp(seconds, text) ? text : NULL);
}

void json_end(void) {
  output_string("\n}\n");
}
