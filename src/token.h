/* The answer of a token endpoint, and what grants that end in one have in common. */
#ifndef MOAT_TOKEN_H
#define MOAT_TOKEN_H

#include "engine.h"
#include "request.h"

/* Reads an answer (RFC 6749 5.1, 5.2), JSON or a form, into views of its body.
 * 0: of a 2xx. Its refresh token, if it has one, is good; *late is why there is no access token to
 * use, or 0. MOAT_E_REPLY and no tokens: it may be another grant's answer, with members of its own.
 * MOAT_E_OAUTH: it has an `error`, whatever the status, and `e` what that says. MOAT_E_STATUS: no
 * 2xx, and no word of OAuth's. MOAT_E_JSON: a 2xx that is neither JSON nor a form. MOAT_E_SPACE: it
 * may say more in a larger buffer. After an error *t is as it was. */
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
