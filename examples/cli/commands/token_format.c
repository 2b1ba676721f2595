/* Forms in which programs take an access token: a field of HTTP (RFC 6750 2.1), and the first
 * message of the SASL mechanism XOAUTH2 of Google and Microsoft. */
#include "token_format.h"

#include "../terminal/term.h"
#include "../terminal/write_output.h"

#include <string.h>

/* No format is the default. */
static bool is(const options *o, const char *format) {
  return o->format && strcmp(o->format, format) == 0;
}

/* A control character would end the user's name in the message. */
static bool is_user(const char *user) {
  for (const char *c = user; *c; c++)
    if ((unsigned char)*c < ' ' || *c == 0x7f) return false;
  return *user != '\0';
}

int token_format_check(const options *o) {
  bool is_xoauth2 = is(o, "xoauth2");
  if (o->format && o->json) return options_misuse(o, "--json is a format, so there is no other");
  if (o->format && !is_xoauth2 && !is(o, "header"))
    return options_misuse(o, "there is no format '%s'", o->format);
  if (o->user && !is_xoauth2) return options_misuse(o, "--user is for --format xoauth2");
  if (is_xoauth2 && !o->user) return options_misuse(o, "xoauth2 needs --user ADDRESS");
  if (o->user && !is_user(o->user)) return options_misuse(o, "--user is no address");
  return CLI_OK;
}

/* Base64 takes three bytes at a time; these wait for more. */
typedef struct {
  unsigned char bytes[3];
  size_t n;
} triple;

/* Base64 (RFC 4648 4), three bytes at a time. The last ones may be fewer. */
static void put_triple(const triple *t) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned bits = (unsigned)t->bytes[0] << 16;
  if (t->n > 1) bits |= (unsigned)t->bytes[1] << 8;
  if (t->n > 2) bits |= t->bytes[2];
  for (size_t i = 0; i < 4; i++)
    output_bytes(i <= t->n ? &digits[bits >> (18 - 6 * i) & 63] : "=", 1);
}

/* The text comes in parts, and the bits go on from one to the next. */
static void put_base64(triple *t, moat_span text) {
  for (size_t i = 0; i < text.n; i++) {
    t->bytes[t->n++] = (unsigned char)text.p[i];
    if (t->n < 3) continue;
    put_triple(t);
    t->n = 0;
  }
}

/* Google's and Microsoft's documents agree on this form. \1 is a control-A. */
static void put_xoauth2(const char *user, moat_span token) {
  triple t = {.n = 0};
  put_base64(&t, moat_str("user="));
  put_base64(&t, moat_str(user));
  put_base64(&t, moat_str("\1auth=Bearer "));
  put_base64(&t, token);
  put_base64(&t, moat_str("\1\1"));
  if (t.n) put_triple(&t);
}

/* The token itself is printed unchanged. The filters for text would cover it with stars. */
void token_format_put(const options *o, moat_span token) {
  if (is(o, "header")) output_string("Authorization: Bearer ");
  if (is(o, "xoauth2"))
    put_xoauth2(o->user, token);
  else
    output_bytes(token.p, token.n);
  output_string("\n");
}
