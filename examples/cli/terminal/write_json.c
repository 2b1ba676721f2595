/* Characters outside ASCII are written as escapes (RFC 8259 7), so no locale, terminal or pipe can
 * change them. */
#include "write_json.h"

#include "term.h"
#include "utf8.h"
#include "write_output.h"

#include <inttypes.h>
#include <stdio.h>

enum { UNIT_SIZE = 16, REPLACEMENT = 0xfffd, BEYOND = 0x10000 };

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

/* A UTF-16 code unit, as \uXXXX. */
static void put_unit(uint32_t unit) {
  char text[UNIT_SIZE];
  int n = snprintf(text, sizeof text, "\\u%04" PRIx32, unit);
  output_bytes(text, (size_t)n);
}

static void put_character(uint32_t c) {
  const char plain[2] = {'\\', (char)c};
  if (c == '"' || c == '\\')
    output_bytes(plain, 2);
  else if (c >= ' ' && c <= '~')
    output_bytes(plain + 1, 1);
  else if (c < BEYOND)
    put_unit(c);
  else {
    put_unit(0xd800 + ((c - BEYOND) >> 10));
    put_unit(0xdc00 + ((c - BEYOND) & 0x3ff));
  }
}

void json_text(const char *name, moat_span text) {
  put_name(name);
  output_string("\"");
  for (size_t at = 0, n; at < text.n; at += n ? n : 1) {
    uint32_t c;
    n = utf8_decode(text.p + at, text.n - at, &c);
    put_character(n ? c : REPLACEMENT);
  }
  output_string("\"");
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
  if (time_stamp(seconds, text))
    json_text(name, moat_str(text));
  else
    json_null(name);
}

void json_end(void) {
  output_string("\n}\n");
}
