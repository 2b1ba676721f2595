/* Spans, a writer that counts past its end, and the encoders OAuth needs. */
#ifndef MOAT__TEXT_H
#define MOAT__TEXT_H

#include "moat/moat.h"

/* n goes on counting when the buffer is full, so that a caller learns the size needed. */
struct moat_writer {
  char *p;
  size_t size;
  size_t n;
  size_t form; /* where the form or query begins; the first field has no '&' before it */
  const moat_config *config; /* of the client whose request is written: its clock and randomness */
  int error;                 /* why the text cannot be written: MOAT_E_…; 0: it can */
};

#define MOAT__LIT(s) ((moat_span){(s), sizeof(s) - 1})

/* Copies each member: with gcc -Os this takes fewer bytes than copying the struct. */
static inline void moat__set(moat_span *to, moat_span from) {
  to->p = from.p;
  to->n = from.n;
}

void moat__put(moat_writer *w, const void *p, size_t n);
void moat__put_span(moat_writer *w, moat_span s);
void moat__put_text(moat_writer *w, const char *z);
void moat__put_char(moat_writer *w, char c);
void moat__put_number(moat_writer *w, uint32_t v);
void moat__put_form(moat_writer *w, moat_span s);    /* application/x-www-form-urlencoded, UTF-8 */
void moat__put_percent(moat_writer *w, moat_span s); /* RFC 3986: everything but unreserved */
void moat__put_base64url(moat_writer *w, moat_span s); /* RFC 4648 5, not padded */
/* A JSON string (RFC 8259 7). Bytes that are not ASCII are taken for UTF-8. Control characters and
 * text in the client's work buffer are the writer's MOAT_E_MISUSE. */
void moat__put_json(moat_writer *w, moat_span s);
/* Encodes everything written from `start` on in base64url, in place. */
void moat__base64url_from(moat_writer *w, size_t start);
/* The number of characters of n bytes in base64url. */
static inline size_t moat__base64url_size(size_t n) {
  return (n * 4 + 2) / 3;
}

/* `last` is a string of the last two digits, which differ between base64 (RFC 4648 4) and
 * base64url. */
char moat__base64_digit(uint32_t v, const char *last);

/* Writes "name=", with a '&' before it unless it is the first in its form. */
void moat__put_name(moat_writer *w, const char *name);
/* Writes the name and the form-encoded value, or nothing if the value is absent. */
void moat__put_field(moat_writer *w, const char *name, moat_span value);

/* Writes form-encoded parameters as they are, or nothing if there are none. */
void moat__put_extra(moat_writer *w, moat_span extra);

/* Returns the part of `rest` before the first `c`, and removes the part and the `c` from `rest`.
 * Without a `c` it returns everything, and `rest` becomes {NULL, 0}. So "a," gives "a" and then
 * "". */
moat_span moat__take(moat_span *rest, char c);

/* Decodes %XX in place and, with `plus`, also '+'. Returns the new length, or -1 for a malformed
 * escape or a NUL. */
int moat__unescape(char *p, size_t n, bool plus);

/* Takes constant time for equal lengths: `volatile` makes the compiler read every byte, so it
 * cannot leave the loop at the first difference. */
static inline bool moat__equal_secret(moat_span a, moat_span b) {
  const volatile char *p = a.p;
  int difference = 0;
  if (a.n != b.n) return false;
  for (size_t i = 0; i < a.n; i++)
    difference |= p[i] ^ b.p[i];
  return difference == 0;
}
/* Whether two areas of memory have a byte in common. Integers are compared, because C does not
 * define an order for pointers into different objects. */
static inline bool moat__overlap(const void *a, size_t a_size, const void *b, size_t b_size) {
  uintptr_t at = (uintptr_t)a, other = (uintptr_t)b;
  return at < other + b_size && other < at + a_size;
}
bool moat__equal_nocase(moat_span a, moat_span b); /* ASCII only */
bool moat__is_nocase(moat_span s, const char *z);
static inline char moat__lower(char c) {
  return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}
/* Bit 5 tells the two cases of a letter apart. */
static inline bool moat__is_alphanumeric(char c) {
  unsigned u = (unsigned char)c;
  return (u | 32) - 'a' < 26 || u - '0' < 10;
}
int moat__hex(char c); /* the value of a hexadecimal digit, or -1 */
/* Reads a number of digits only. Returns -1 for anything else, and for a number above max. max is
 * below 2^31 - 8. */
int32_t moat__number(moat_span s, int32_t max);
/* The same, but returns max for a larger number. */
int32_t moat__number_up_to(moat_span s, int32_t max);

/* ---- URLs ---- */

/* Whether all characters are allowed in a path or query, and two hexadecimal digits follow every
 * '%'. */
bool moat__is_url_text(moat_span s);

/* ---- IP addresses ---- */

/* Writes the bytes of an IPv4 (RFC 6943 3.1.1, strict) or IPv6 address (RFC 4291 2.2). Returns
 * their number, 4 or 16, or 0 if `s` is no address. */
size_t moat__address(moat_span s, uint8_t out[16]);

/* ---- Results of a port ---- */

/* Maps the result of a port's function that returns 0 or an error. 0 and the errors that port.h
 * allows to ports are kept, and so is MOAT_WANT_TIME with `may_wait`. Any other number becomes
 * MOAT_E_PORT: an errno, a number of Mbed TLS, a count of bytes. */
int moat__port_result(int r, bool may_wait);

/* ---- The prompt of a device code ---- */

/* Checks a prompt that the server has just sent or that was loaded from a slot. Sets other_host,
 * drops an unusable verification_uri_complete, and limits the two times. Returns MOAT_E_URL if the
 * address must not be shown. Returns MOAT_E_REPLY if something is missing, if the user code is
 * blank or has control characters, or if no time is left. */
MOAT_NODISCARD int moat__device_prompt_check(moat_device_prompt *p);

#endif
