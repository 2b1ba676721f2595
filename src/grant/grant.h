/* The common part of all grants that end in a token answer. */
#ifndef MOAT__GRANT_H
#define MOAT__GRANT_H

#include "../engine/engine.h"
#include "../http/http.h"

/* A parameter of the request: its name, and the offset of its value in the grant's struct. */
typedef struct {
  const char *name;
  uint16_t offset;
  bool optional;
} moat__parameter;

/* A grant whose request is a list of parameters and whose answer is tokens. The functions below
 * serve it if it begins with `ops` and its struct begins with a moat_grant. */
typedef struct {
  moat_grant_ops ops;
  const char *type;                  /* value of grant_type, already form-encoded */
  uint8_t asked;                     /* MOAT_ASKED_… */
  const moat__parameter *parameters; /* ends with one that has no name */
} moat__token_grant;

/* The grant_type of an assertion (RFC 7523 2.1), form-encoded. */
#define MOAT__JWT_BEARER "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"

extern const char *const moat__token_headers[];

/* Checks everything that the caller lent, including the parameters. */
MOAT_NODISCARD int moat__grant_check(const moat_client *c, const moat_grant *g,
                                     const moat__token_grant *kind);
/* Checks, then begins the exchange. */
MOAT_NODISCARD int moat__grant_begin(moat_client *c, moat_grant *g, const moat__token_grant *kind);

/* Reads an answer into the grant's token and access_error. If it has no token, the client's error
 * holds the findings of moat__token_read() and the server's Retry-After. */
MOAT_NODISCARD int moat__grant_read(moat_client *c, moat_grant *g, const moat_reply *r);

int moat__grant_build(moat_client *c, void *grant, moat_writer *w);
/* Whether the answer was given to the keeper. The stored grant may be new then, even if something
 * failed since. */
bool moat__grant_is_kept(const moat_grant *g);
int moat__grant_before_send(moat_client *c, void *grant);
/* Makes the refresh token durable first. Only then can anything else about the answer fail. */
int moat__grant_reply(moat_client *c, void *grant, const moat_reply *r);

#endif
