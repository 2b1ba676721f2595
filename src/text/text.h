/* Spans, a writer that counts past its end, and the encoders OAuth needs. */
#ifndef MOAT__TEXT_H
#define MOAT__TEXT_H

#include "moat/moat.h"

/* n goes on counting when the buffer is full, so a caller learns the size that was needed. */
struct moat_writer {
  char *p;
  size_t size;
  size_t n;
  size_t form; /* where the form or query begins; the field written there has no '&' before it */
};

#define MOAT__LIT(s) ((moat_span){(s), sizeof(s) - 1})

/* Member by member, which gcc -Os does in fewer bytes than the whole struct. */
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

/* `last` is the two digits that base64 (RFC 4648 4) and base64url do not share. */
char moat__base64_digit(uint32_t v, const char *last);

/* "name=", with a '&' before it unless it is the first in its form. */
void moat__put_name(moat_writer *w, const char *name);
/* The same and the value, form-encoded; an absent value writes nothing. */
void moat__put_field(moat_writer *w, const char *name, moat_span value);

/* Takes off `rest` what is before the first `c`, and the `c`. Without a `c` it takes everything and
 * `rest` becomes {NULL, 0}; so "a," gives "a" and "", as it should. */
moat_span moat__take(moat_span *rest, char c);

/* Decodes %XX and, with `plus`, '+' in place; the new length, or -1 on a malformed escape or a NUL.
 */
int moat__unescape(char *p, size_t n, bool plus);

/* In constant time for equal lengths. */
bool moat__equal_secret(moat_span a, moat_span b);
bool moat__equal_nocase(moat_span a, moat_span b); /* ASCII only */
bool moat__is_nocase(moat_span s, const char *z);
bool moat__is_alphanumeric(char c);
char moat__lower(char c);
int moat__hex(char c); /* the value of a hexadecimal digit, or -1 */
/* Digits only, all of them, no more than max (which is below 2^31 - 8): the number, or -1. */
int32_t moat__number(moat_span s, int32_t max);
/* The same, but a number beyond max counts as max. */
int32_t moat__number_up_to(moat_span s, int32_t max);

/* ---- URLs and addresses ---- */

/* Only characters that a path or a query may hold, every '%' followed by two digits. */
bool moat__is_url_text(moat_span s);

/* ---- IP addresses ---- */

/* The bytes of an IPv4 (RFC 6943 3.1.1, strict) or IPv6 address (RFC 4291 2.2): their number, 4 or
 * 16, or 0 if `s` is no address. */
size_t moat__address(moat_span s, uint8_t out[16]);

/* ---- The border to a port ---- */

/* The result of a port's function that answers 0 or an error. 0 and the errors that port.h has for
 * ports stay what they are, and so does MOAT_WANT_TIME where the function may answer it. Any other
 * number becomes MOAT_E_PORT: an errno, a number of Mbed TLS, a count of bytes. */
int moat__port_result(int r, bool may_wait);

/* ---- A device code's prompt ---- */

/* The one check of a prompt, whether the server has just sent it or it was loaded from a slot. Sets
 * other_host, drops a verification_uri_complete that cannot be used, and brings the two times into
 * range. MOAT_E_URL: the address is not to be shown to anybody. MOAT_E_REPLY: something is missing,
 * the user code shows nothing or has control characters in it, or there is no time left. */
MOAT_NODISCARD int moat__device_prompt_check(moat_device_prompt *p);

#endif
