/* What grants that end in a token answer have in common. */
#ifndef MOAT__GRANT_H
#define MOAT__GRANT_H

#include "../engine/engine.h"
#include "../http/http.h"

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

/* Reads an answer into the token and `late` of the grant. Of one that has none, the client's error
 * says what moat__token_read() says, and how long the server asks to wait. */
MOAT_NODISCARD int moat__grant_read(moat_client *c, moat_grant *g, const moat_reply *r);

int moat__grant_build(moat_client *c, void *grant, moat_writer *w);
/* Whether the answer was given to the keeper: what is stored may be new, whatever failed since. */
bool moat__grant_is_kept(const moat_grant *g);
int moat__grant_before_send(moat_client *c, void *grant);
/* The refresh token is made durable first; only then can anything about the answer fail. */
int moat__grant_reply(moat_client *c, void *grant, const moat_reply *r);

#endif
