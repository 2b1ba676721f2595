/* HTTP/1.1 (RFC 9112): the writer of a request, and an incremental reader of one response,
 * which works in place in a lent buffer.
 *
 * Received bytes are placed after the decoded ones and then fed. Decoding moves them down and never
 * overtakes them. Headers are judged as they pass and may have any length. Only the requested ones
 * are kept. */
#ifndef MOAT__HTTP_H
#define MOAT__HTTP_H

#include "../text/text.h"

/* Room to read framing into when the body has filled the buffer up to its limit. */
#define MOAT__HTTP_ROOM 16

/* `limit` bounds the body and the kept headers together. It is at least MOAT__HTTP_ROOM below
 * `size`. */
void moat__http_init(moat_http *h, char *buffer, size_t size, size_t limit,
                     const char *const *keep_headers);

/* The decoded body so far: h->held bytes. */
static inline char *moat__http_body(const moat_http *h) {
  return h->buffer + h->kept;
}

/* The place to receive to, and the number of bytes that fit: never 0 before the answer is complete.
 */
char *moat__http_at(const moat_http *h);
size_t moat__http_room(const moat_http *h);

/* Takes n bytes received there. Returns 1 when the answer is complete, with *unread bytes after it;
 * 0 if more is needed; MOAT_E_HTTP; or MOAT_E_SPACE for a 2xx that does not fit. Any other answer
 * that does not fit is complete without its body. So is a 2xx whose body does not begin like
 * JSON. */
MOAT_NODISCARD int moat__http_feed(moat_http *h, size_t n, size_t *unread);

/* Call it after the orderly end of the stream. Returns 1 if the answer is complete, also with a
 * dropped body, or MOAT_E_EOF if the end came too early. */
MOAT_NODISCARD int moat__http_eof(moat_http *h);

/* The status of the final answer, or 0 before its head has been read. */
int moat__http_status(const moat_http *h);

/* Whether a byte of an answer has come, interim answers included. */
static inline bool moat__http_begun(const moat_http *h) {
  return h->past_head || h->framing_bytes;
}

/* Whether the body did not fit and was dropped. h->needed is then the buffer size needed, or its
 * lower bound if the answer does not tell its length. */
static inline bool moat__http_dropped(const moat_http *h) {
  return h->dropped;
}

/* Whether the connection has to be closed after this answer. */
static inline bool moat__http_closes(const moat_http *h) {
  return h->closes;
}

/* Call it after moat__http_init() if the request was a CONNECT: then a 2xx has no body, whatever
 * its headers say (RFC 9110 9.3.6). */
static inline void moat__http_asked_connect(moat_http *h) {
  h->asked_connect = true;
}

/* The value of keep_headers[index], or absent if it did not come. If a header is repeated, the
 * first ones count: as many as there are entries with its name. */
static inline moat_span moat__http_kept(const moat_http *h, unsigned index) {
  return h->kept_values[index];
}

/* ---- The request, and client authentication within it ---- */

struct moat_auth_ops {
  /* Writes header lines, each with CR LF. NULL: none. */
  void (*header)(const moat_auth *a, moat_writer *w);
  /* Writes form fields. May use the writer's config; what fails is the writer's error. NULL:
   * none. */
  void (*form)(const moat_auth *a, moat_writer *w);
  /* Signs in the n bytes of the request, right before they are sent. Returns 0, MOAT_WANT_TIME to
   * be called again with the same bytes, or an error. Does nothing to a request that is signed.
   * NULL: nothing is signed. */
  int (*seal)(const moat_auth *a, char *request, size_t n);
  bool secret; /* true: client_secret is required; false: it must be absent */
  bool proves; /* the request proves who the client is, so a 401 is about that */
};

/* moat__post_begin() writes the head and the fields of `auth`. The fields of the grant follow.
 * moat__post_end() then inserts the length of the body into the head. */
void moat__post_begin(moat_writer *w, const moat_endpoint *e, const moat_auth *auth);
void moat__post_end(moat_writer *w);

/* Ends the head of any other request with a body. moat__post_end() follows that, too. */
void moat__put_body(moat_writer *w);

/* Writes the head of a request up to a header with the token, which may be absent. More headers may
 * follow, and an empty line has to. */
void moat__put_bearer(moat_writer *w, const char *method, const moat_endpoint *e, moat_span token);
/* Whether the token may stand in a header. */
bool moat__is_bearer(moat_span token);

/* Writes what follows the path in every request: the end of the request line, and header lines. A
 * GET needs only more of those and an empty line. */
void moat__put_head(moat_writer *w, const moat_endpoint *e);

/* Writes the host, with brackets around an IPv6 address (RFC 3986 3.2.2). */
void moat__put_host(moat_writer *w, const char *host);

/* Encodes everything written from `start` on in base64, in place (for "Authorization: Basic"). */
void moat__base64_from(moat_writer *w, size_t start);

/* ---- Retry-After ---- */

/* Retry-After (RFC 9110 10.2.3) in seconds, at most MOAT_RETRY_AFTER_MAX. The value may be an
 * integer, a fraction (one provider sends them; rounded up) or a date. A date is compared with the
 * answer's own Date, so no clock is needed. Anything else is 0. */
uint32_t moat__retry_after(moat_span value, moat_span date);

#endif
