/* The parts of a client that a program never uses. They are public only so that the compiler knows
 * the size of a client, which may then be static. Any version may change them. */
#ifndef MOAT_PRIVATE_H
#define MOAT_PRIVATE_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct moat_writer moat_writer; /* src/text/text.h */

/* A complete answer, as given to a grant. */
typedef struct {
  int status;
  char *body; /* may be changed in place */
  size_t body_size;
  void *scratch; /* the unused rest of the work buffer, for JSON tokens */
  size_t scratch_size;
  bool dropped; /* the body did not fit and was dropped; only the status is left */
} moat_reply;

/* When a request may be sent again (moat_grant_ops.replay). */
enum { MOAT_REPLAY_NEVER, MOAT_REPLAY_UNSENT, MOAT_REPLAY_SAFE };

/* A grant: how to write its request and read its answer. There is one table for each grant, in
 * src/grant. The caller lends the struct that a table works on. */
typedef struct {
  const char *const *keep_headers; /* at most MOAT_KEPT_MAX header names and a NULL; lower case, up
                                      to 19 letters */
  /* Writes the request. It has no side effects: after a reconnect it writes the same request
   * again. */
  int (*build)(moat_client *c, void *grant, moat_writer *w);
  /* Called when the connection is up, before the first byte of the request. Returns 0,
   * MOAT_WANT_TIME, or an error. */
  int (*before_send)(moat_client *c, void *grant);
  /* Reads the answer. Returns 0 when done, an error, or MOAT_WANT_TIME to be called again with the
   * same answer. After moat__again() it returns MOAT_WANT_TIME too, and another request follows. */
  int (*reply)(moat_client *c, void *grant, const moat_reply *r);
  /* Called when the exchange ends with `error`, which may come from `reply` or be MOAT_E_CANCEL.
   * Returns the result of the exchange. Before there was an answer it may return moat__again()
   * instead. May be NULL. */
  int (*failed)(moat_client *c, void *grant, int error);
  /* The way out when a reused connection turns out to be dead. NEVER: fail. UNSENT: reconnect if no
   * byte of the request was sent. SAFE: reconnect and send the request again. */
  int replay;
} moat_grant_ops;

#define MOAT_KEPT_MAX 4 /* most headers that a grant can ask for */

/* The HTTP response reader (src/http/response.c). Small members come first, because they are cheap
 * to reach there. All members before `buffer` describe one answer, and are cleared after an interim
 * answer. */
typedef struct {
  uint8_t state, next, field, name_size;
  bool has_length, chunked, old, closes, past_head;
  bool dropped;        /* the body did not fit */
  bool status_decides; /* the body does not matter: not a 2xx, or a page that did not fit */
  bool in_trailers;    /* the last chunk has been read */
  uint16_t status;
  uint32_t left;      /* bytes left of the body or of the chunk */
  uint32_t discarded; /* bytes of a dropped body */
  size_t kept;        /* bytes of kept headers at the front of the buffer */
  size_t held;        /* decoded bytes after the kept headers: a value being read, then the body */
  moat_span kept_values[MOAT_KEPT_MAX];
  char *buffer;
  size_t size;            /* of the buffer */
  size_t limit;           /* upper bound of held + kept; the rest is room to read framing into */
  uint32_t framing_bytes; /* size so far of the head, then of each chunk-size line, then of the
                             trailers */
  size_t needed; /* for a body that did not fit: the buffer size needed, as far as it is known */
  const char *const *keep_headers;
  bool asked_connect; /* the request was a CONNECT */
  char name[21];      /* name of the current header */
} moat_http;

struct moat_client {
  uint8_t state;
  bool reused; /* the connection is left from an earlier exchange */
  int result;  /* result of the last step: stays when it is 0 or an error */
  int send_error;
  moat_config config;
  const moat_endpoint *endpoint;  /* endpoint of this exchange */
  const moat_endpoint *connected; /* endpoint of the open connection, or NULL */
  const moat_grant_ops *ops;
  void *grant;
  size_t used, sent; /* bytes of the request, and how many of them were sent */
  size_t dirty;      /* bytes of the work buffer that may hold something */
  uint32_t started;  /* ticks when the exchange, or the delay before the next request, began */
  uint32_t delay;    /* milliseconds before the next request */
  moat_error_info error;
  moat_http http;
};

#ifdef __cplusplus
}
#endif
#endif
