/* The common part of requests about a token, which bring none. */
#ifndef MOAT__QUERY_H
#define MOAT__QUERY_H

#include "moat/token.h"

#include "grant.h"

typedef struct {
  moat_grant_ops ops;
  uint8_t asked; /* MOAT_ASKED_… */
} moat__query;

/* Checks what the caller lent, then begins the exchange. `q` may be the first member of a larger
 * struct. */
MOAT_NODISCARD int moat__query_begin(moat_client *c, moat_token_query *q, const moat__query *kind);
/* Writes the token, the hint and what `auth` adds. */
int moat__query_build(moat_client *c, void *grant, moat_writer *w);
int moat__query_before_send(moat_client *c, void *grant);

/* For a request whose success needs no body: one that does not fit is a success all the same. */
int moat__query_failed(moat_client *c, void *grant, int error);

/* Reads an answer that is no success, as moat__token_read() does, and its Retry-After. */
MOAT_NODISCARD int moat__query_read(moat_client *c, const moat_reply *r);

#endif
