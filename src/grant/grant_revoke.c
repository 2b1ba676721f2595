/* Revocation (RFC 7009). */
#include "query.h"

/* The content of a success does not matter (2.2), but some servers hide a refusal in one. */
static int reply(moat_client *c, void *grant, const moat_reply *r) {
  (void)grant;
  int result = moat__query_read(c, r);
  return result != MOAT_E_OAUTH && r->status < 300 ? 0 : result;
}

static const moat__query kind = {.ops = {.keep_headers = moat__token_headers,
                                         .build = moat__query_build,
                                         .before_send = moat__query_before_send,
                                         .reply = reply,
                                         .failed = moat__query_failed,
                                         .replay = MOAT_REPLAY_SAFE},
                                 .asked = MOAT_ASKED_REVOCATION};

int moat_revoke_begin(moat_client *c, moat_token_query *q) {
  return moat__query_begin(c, q, &kind);
}
