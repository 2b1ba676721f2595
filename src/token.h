/* The answer of a token endpoint, and what grants that end in one have in common. */
#ifndef MOAT_TOKEN_H
#define MOAT_TOKEN_H

#include "engine.h"
#include "request.h"

/* Reads a body (RFC 6749 5.1, 5.2) into views of it.
 * 0: a complete answer. Its refresh token, if it has one, is good; *late is what else is wrong with
 * it, or 0. An error: there is no token in it, *t is as it was, and `e` says what there is instead.
 * A body with `error` is an error whatever the status. */
MOAT_NODISCARD int moat__token_read(const moat_reply *r, moat_token *t, int *late,
                                    moat_error_info *e);

/* A parameter of the request: its name, and where its value lies in the grant's struct. */
typedef struct {
  const char *name;
  uint16_t offset;
  bool optional;
} moat__parameter;

/* What a grant is if parameters are all that its request has and tokens all that it is answered.
 * `ops` and the begin of the grant's struct, a moat_grant, let it share the functions below. */
typedef struct {
  moat_grant_ops ops;
  const char *type;                  /* of grant_type, form-encoded where it has to be */
  uint8_t asked;                     /* MOAT_ASKED_… */
  const moat__parameter *parameters; /* up to one without a name */
} moat__token_grant;

extern const char *const moat__token_headers[];
/* Of a moat_refresh_grant, and of what begins like one. */
extern const moat__parameter moat__refresh_parameters[];

/* Checks what was lent, the parameters among it. */
MOAT_NODISCARD int moat__grant_check(const moat_client *c, const moat_grant *g,
                                     const moat__token_grant *kind);
/* The same, and begins. */
MOAT_NODISCARD int moat__grant_begin(moat_client *c, moat_grant *g, const moat__token_grant *kind);

int moat__grant_build(moat_client *c, void *grant, moat_writer *w);
int moat__grant_before_send(moat_client *c, void *grant);
/* The refresh token is made durable first; only then can anything about the answer fail. */
int moat__grant_reply(moat_client *c, void *grant, const moat_reply *r);

#endif
