/* A token and a hint go to an endpoint with client authentication (RFC 7009 2.1, RFC 7662 2.1). */
#include "query.h"

#include "token.h"

/* The rules of every grant: nothing that is required is absent, a secret that the method does not
 * send is refused, and no input lies in the work buffer. */
static bool is_sound(const moat_client *c, const moat_token_query *q) {
  const moat_auth *a = q->auth;
  if (!q->endpoint || !a || !a->client_id.n || !q->token.n ||
      a->ops->secret != !!a->client_secret.n)
    return false;
  return !moat__in_work(c, a->client_id.p, a->client_id.n) &&
         !moat__in_work(c, a->client_secret.p, a->client_secret.n) &&
         !moat__in_work(c, q->token.p, q->token.n) &&
         !moat__in_work(c, q->token_type_hint.p, q->token_type_hint.n);
}

int moat__query_begin(moat_client *c, moat_token_query *q, const moat__query *kind) {
  if (c->state != MOAT__IDLE || !is_sound(c, q)) return MOAT_E_MISUSE;
  return moat__begin(c, q->endpoint, &kind->ops, q);
}

int moat__query_build(moat_client *c, void *grant, moat_writer *w) {
  const moat__query *kind = (const void *)c->ops;
  const moat_token_query *q = grant;
  c->error.asked = kind->asked;
  c->error.secret = q->auth->ops->proves;
  moat__post_begin(w, q->endpoint, q->auth);
  moat__put_field(w, "token", q->token);
  moat__put_field(w, "token_type_hint", q->token_type_hint);
  moat__post_end(w);
  return 0;
}

/* An assertion is signed when the connection is up. */
int moat__query_before_send(moat_client *c, void *grant) {
  const moat_token_query *q = grant;
  const moat_auth_ops *ops = q->auth->ops;
  int r = ops->seal ? ops->seal(q->auth, c->config.work, c->used) : 0;
  return r ? moat__border(c, r, true) : 0;
}

/* The engine has no use for a body of 2xx that begins like JSON and does not fit. */
int moat__query_failed(moat_client *c, void *grant, int error) {
  (void)grant;
  return error == MOAT_E_SPACE && c->error.status && c->error.status < 300 ? 0 : error;
}

int moat__query_read(moat_client *c, const moat_reply *r) {
  enum { RETRY_AFTER, DATE }; /* the order of moat__token_headers */
  moat_token unused;
  int unused_too;
  int result = moat__token_read(r, &unused, &unused_too, &c->error);
  c->error.retry_after =
      moat__retry_after(moat__http_kept(&c->http, RETRY_AFTER), moat__http_kept(&c->http, DATE));
  return result;
}
