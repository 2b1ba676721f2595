/* From a grant's table to its request, and from the answer to tokens. The refresh token is made
 * durable before anything else about an answer can fail. */
#include "../http/http.h"
#include "grant.h"
#include "token.h"

#include <string.h>

enum { RETRY_AFTER, DATE };
const char *const moat__token_headers[] = {[RETRY_AFTER] = "retry-after", [DATE] = "date", NULL};

static bool is_input(const moat_client *c, const moat_span *s) {
  return s->n && !moat__in_work(c, s->p, s->n);
}

/* A secret that the method does not send is refused as well: it would be kept for nothing. */
static bool is_sound(const moat_client *c, const moat_grant *g) {
  const moat_auth *a = g->auth;
  return g->endpoint && a && is_input(c, &a->client_id) &&
         (a->ops->secret ? is_input(c, &a->client_secret) : !a->client_secret.n) && g->access &&
         !moat__in_work(c, g->access, g->access_size) && !moat__in_work(c, g->extra.p, g->extra.n);
}

static const moat_span *value_of(const void *grant, const moat__parameter *p) {
  return (const moat_span *)(const void *)((const char *)grant + p->offset);
}

int moat__grant_check(const moat_client *c, const moat_grant *g, const moat__token_grant *kind) {
  if (!is_sound(c, g)) return MOAT_E_MISUSE;
  for (const moat__parameter *p = kind->parameters; p->name; p++) {
    const moat_span *value = value_of(g, p);
    if (!is_input(c, value) && (value->n || !p->optional)) return MOAT_E_MISUSE;
  }
  return g->access_size < MOAT_ACCESS_MIN ? MOAT_E_SPACE : 0;
}

int moat__grant_begin(moat_client *c, moat_grant *g, const moat__token_grant *kind) {
  int r = c->state == MOAT__IDLE ? moat__grant_check(c, g, kind) : MOAT_E_MISUSE;
  if (r < 0) return r;
  g->token.access_token.n = g->token.refresh_token.n = 0;
  g->answer_read = false;
  return moat__begin(c, g->endpoint, &kind->ops, g);
}

int moat__grant_build(moat_client *c, void *grant, moat_writer *w) {
  const moat__token_grant *kind = (const void *)c->ops;
  const moat_grant *g = grant;
  c->error.asked = kind->asked;
  c->error.secret = g->auth->ops->proves;
  moat__post_begin(w, g->endpoint, g->auth);
  moat__put_name(w, "grant_type");
  moat__put_text(w, kind->type);
  for (const moat__parameter *p = kind->parameters; p->name; p++)
    moat__put_field(w, p->name, *value_of(grant, p));
  moat__put_extra(w, g->extra);
  moat__post_end(w);
  return 0;
}

/* The request is signed before the mark, which says that a refresh token may have been used. The
 * age of a token counts from here, so it is never underestimated. */
int moat__grant_before_send(moat_client *c, void *grant) {
  moat_grant *g = grant;
  const moat_auth_ops *ops = g->auth->ops;
  int r = ops->seal ? ops->seal(g->auth, c->config.work, c->used) : 0;
  if (r) return moat__border(c, r, true);
  g->sent_ms = moat__now(c);
  return g->keeper && g->keeper->mark ? moat__border(c, g->keeper->mark(g->keeper_ctx), true) : 0;
}

int moat__grant_read(moat_client *c, moat_grant *g, const moat_reply *r) {
  int result = moat__token_read(r, &g->token, &g->access_error, &c->error);
  /* The answer is nested too deeply: add the largest scratch that JSON can take. */
  if (result == MOAT_E_SPACE && !r->dropped)
    c->error.needed = c->config.work_size + r->body_size / 16 + 1;
  if (result < 0) {
    c->error.retry_after =
        moat__retry_after(moat__http_kept(&c->http, RETRY_AFTER), moat__http_kept(&c->http, DATE));
    return result;
  }
  g->token.received_ms = g->sent_ms;
  return 0;
}

/* Moves the access token out of the work buffer, so that only one copy exists. */
static int deliver(moat_client *c, moat_grant *g) {
  moat_span *t = &g->token.access_token;
  if (t->n >= g->access_size) {
    c->error.needed = t->n + 1;
    return MOAT_E_SPACE;
  }
  moat_wipe(g->access, g->access_size);
  memcpy(g->access, t->p, t->n);
  moat_wipe((char *)(uintptr_t)t->p, t->n);
  t->p = g->access;
  return 0;
}

/* An answer without any token does not replace the stored ones. */
bool moat__grant_is_kept(const moat_grant *g) {
  return g->answer_read && (g->token.refresh_token.n || !g->access_error);
}

/* Called again while the keeper waits. The body was decoded in place, so it is read only once. */
int moat__grant_reply(moat_client *c, void *grant, const moat_reply *r) {
  moat_grant *g = grant;
  if (!g->answer_read) {
    int result = moat__grant_read(c, g, r);
    if (result < 0) return result;
    g->answer_read = true;
  }
  /* A refused answer, such as one with a foreign token type, has no access token to keep. */
  if (g->access_error) g->token.access_token = (moat_span){NULL, 0};
  if (moat__grant_is_kept(g) && g->keeper && g->keeper->save) {
    int result = moat__border(c, g->keeper->save(g->keeper_ctx, &g->token), true);
    if (result) return result;
  }
  int result = g->access_error ? g->access_error : deliver(c, g);
  if (result < 0) g->token.access_token = (moat_span){NULL, 0};
  return result;
}
