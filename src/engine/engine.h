/* One HTTP exchange, and the next one if the grant asks; what grants use of it. */
#ifndef MOAT__ENGINE_H
#define MOAT__ENGINE_H

#include "moat/moat.h"

/* Builds the first request and makes the client ready to step. On an error nothing has begun, and
 * the error is the client's result. */
MOAT_NODISCARD int moat__begin(moat_client *c, const moat_endpoint *endpoint,
                               const moat_grant_ops *ops, void *grant);

/* Ends the exchange with the error r and returns it. */
int moat__fail(moat_client *c, int r);

/* True where the bytes lie in the work buffer, which a begin overwrites. */
bool moat__in_work(const moat_client *c, const void *p, size_t n);

/* For engine_step.c and engine_run.c */
enum {
  MOAT__IDLE,    /* nothing has begun, or it is over */
  MOAT__BUILD,   /* write the request (again) */
  MOAT__OPEN,    /* is the open connection still good? */
  MOAT__CONNECT, /* make one */
  MOAT__MARK,    /* before_send */
  MOAT__SEND,
  MOAT__RECV,
  MOAT__REPLY, /* the answer is complete: no deadline any more */
  MOAT__DELAY
};

/* Maps what a port or a callback answered, at the border (text.h); an odd number is kept
 * as port_code. */
int moat__border(moat_client *c, int r, bool may_wait);
/* The deadline of the exchange that has begun counts from an earlier moment, in ticks. */
void moat__count_from(moat_client *c, uint32_t ticks);
uint32_t moat__now(const moat_client *c);
void moat__event(const moat_client *c, int event, int32_t value);
void moat__close(moat_client *c);
/* For a grant's reply and failed: another request follows, after so many milliseconds.
 * MOAT_WANT_TIME. */
int moat__again(moat_client *c, uint32_t delay);
/* Ends the exchange with the result r, whatever it is, and returns it. */
int moat__end(moat_client *c, int r);
/* The part of the work buffer that holds neither headers nor body of an answer. */
char *moat__free_work(const moat_client *c, size_t *n);
/* Writes the request of the grant into the work buffer. */
int moat__build(moat_client *c);

#endif
