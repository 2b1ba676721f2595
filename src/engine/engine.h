/* Runs one HTTP exchange, and another one if the grant asks for it. Grants use these functions. */
#ifndef MOAT__ENGINE_H
#define MOAT__ENGINE_H

#include "moat/moat.h"

/* Builds the first request and makes the client ready to step. After an error nothing has begun,
 * and the error is the client's result. */
MOAT_NODISCARD int moat__begin(moat_client *c, const moat_endpoint *endpoint,
                               const moat_grant_ops *ops, void *grant);

/* Waits for `want` on a stream, at most ms milliseconds. Returns 0 to go on, or what the stream's
 * wait returned, which is not mapped yet. */
MOAT_NODISCARD int moat__wait(const moat_stream_ops *stream, void *io, int want, uint32_t ms);

/* Ends the exchange with the error r and returns it. */
int moat__fail(moat_client *c, int r);

/* Whether the bytes overlap the work buffer, which a begin overwrites. */
bool moat__in_work(const moat_client *c, const void *p, size_t n);

/* The states of a client */
enum {
  MOAT__IDLE,    /* no exchange is under way */
  MOAT__BUILD,   /* write the request, or write it again */
  MOAT__OPEN,    /* check whether the open connection is still good */
  MOAT__CONNECT, /* make a connection */
  MOAT__MARK,    /* call the grant's before_send */
  MOAT__SEND,
  MOAT__RECV,
  MOAT__REPLY, /* the answer is complete: the deadline no longer counts */
  MOAT__DELAY
};

/* Maps the result of a port or a callback with moat__port_result() (text.h). A foreign number is
 * kept as port_code. */
int moat__border(moat_client *c, int r, bool may_wait);
/* Counts the deadline of the current exchange from an earlier moment, in ticks. */
void moat__count_from(moat_client *c, uint32_t ticks);
uint32_t moat__now(const moat_client *c);
void moat__event(const moat_client *c, int event, int32_t value);
void moat__close(moat_client *c);
/* For a grant's `reply` and `failed`: begins another request after `delay` milliseconds. Returns
 * MOAT_WANT_TIME. */
int moat__again(moat_client *c, uint32_t delay);
/* Ends the exchange with any result r and returns it. */
int moat__end(moat_client *c, int r);
/* The unused part of the work buffer, after the headers and the body of the answer. */
char *moat__free_work(const moat_client *c, size_t *n);
/* Wipes the request, or as much as an answer took, from the work buffer. */
void moat__wipe_used(moat_client *c);
/* Writes the grant's request into the work buffer. */
int moat__build(moat_client *c);

#endif
