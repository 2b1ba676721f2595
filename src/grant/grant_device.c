/* This grant has two kinds of requests. The first asks for a code. All others ask whether somebody
 * has signed in with it. */
#include "../text/text.h"
#include "../json/json.h"
#include "grant.h"

#include <string.h>

enum { ASKING, SHOWING, POLLING };

enum {
  INTERVAL_DEFAULT = 5, /* RFC 8628 3.2 */
  INTERVAL_MAX = 300,
  SLOW_DOWN = 5, /* RFC 8628 3.5 */
  LIFE_DEFAULT = 900,
  BACKOFF_MAX = 4, /* doublings */
  SECOND = 1000
};

static const moat__parameter parameters[] = {
    {"device_code", offsetof(moat_device_grant, prompt.device_code), true}, {NULL, 0, false}};

static int build(moat_client *c, void *grant, moat_writer *w) {
  const moat_device_grant *g = grant;
  if (g->stage == POLLING) return moat__grant_build(c, grant, w);
  c->endpoint = g->device_endpoint;
  c->error.asked = MOAT_ASKED_DEVICE;
  c->error.secret = g->grant.auth->ops->proves;
  moat__post_begin(w, g->device_endpoint, g->grant.auth);
  moat__put_field(w, "scope", g->scope);
  moat__put_extra(w, g->extra);
  moat__post_end(w);
  return 0;
}

/* ---- Pauses ---- */

/* The delay is a fifth longer than the server's interval. An oscillator that runs fast would
 * otherwise poll too early every time, and be told to slow down each time. Each failure in a row
 * doubles the delay (RFC 8628 3.5). The code's expiry is checked here as well, because a server may
 * forget it. */
static int again(moat_client *c, moat_device_grant *g) {
  if (g->prompt.interval > INTERVAL_MAX) g->prompt.interval = INTERVAL_MAX;
  uint32_t delay = ((uint32_t)g->prompt.interval * (SECOND + SECOND / 5)) << g->failures;
  uint32_t asked = c->error.retry_after * SECOND;
  if ((moat__now(c) - g->began) / SECOND >= (uint32_t)g->prompt.expires_in) return MOAT_E_EXPIRED;
  return moat__again(c, delay > asked ? delay : asked);
}

static int back_off(moat_client *c, moat_device_grant *g) {
  if (g->failures < BACKOFF_MAX) g->failures++;
  return again(c, g);
}

/* ---- The code ---- */

enum { DEVICE, USER, URI, COMPLETE, MESSAGE, TEXTS };
enum { URL = TEXTS, EXPIRES, INTERVAL, MEMBERS };

static const moat__member members[MEMBERS] = {
    [DEVICE] = {"device_code", MOAT__VSCHAR},
    [USER] = {"user_code", MOAT__STRING},
    [URI] = {"verification_uri", MOAT__STRING},
    [COMPLETE] = {"verification_uri_complete", MOAT__STRING},
    [MESSAGE] = {"message", MOAT__STRING},
    [URL] = {"verification_url", MOAT__STRING},
    [EXPIRES] = {"expires_in", MOAT__NUMBER | MOAT__STRING},
    [INTERVAL] = {"interval", MOAT__NUMBER | MOAT__STRING}};

/* 0 and text that is no number count as absent. */
static int32_t seconds(moat_span text, int32_t otherwise) {
  int32_t n = moat__json_seconds(text);
  return n < 1 ? otherwise : n;
}

/* The texts are the first members of the prompt, in this order. */
static int take_texts(moat_device_grant *g, const moat_span *v) {
  moat_span *to = &g->prompt.device_code;
  for (unsigned i = DEVICE; i < TEXTS; i++) {
    moat__set(&to[i], v[i]);
  }
  return moat__device_prompt_check(&g->prompt);
}

/* The token reader comes first: it recognizes errors and bodies that are no answer. The prompt's
 * texts are read from a copy of the body in g->memory, because the next request needs the work
 * buffer. */
static int read_prompt(moat_client *c, moat_device_grant *g, const moat_reply *r) {
  moat_reply copy = *r;
  moat_span v[MEMBERS];
  bool fits = r->body_size <= g->memory_size;
  if (fits && r->body_size) copy.body = memcpy(g->memory, r->body, r->body_size);
  int result = moat__grant_read(c, &g->grant, r);
  if (!result && !fits) {
    c->error.needed = r->body_size;
    result = MOAT_E_SPACE;
  }
  if (!result) result = moat__members_read(&copy, members, v, MEMBERS, &c->error);
  if (result) return result;
  if (!v[URI].n) v[URI] = v[URL]; /* Google's spelling */
  g->prompt.expires_in = seconds(v[EXPIRES], LIFE_DEFAULT);
  g->prompt.interval = seconds(v[INTERVAL], INTERVAL_DEFAULT);
  g->prompt.deadline = 0;
  g->stage = SHOWING;
  return take_texts(g, v);
}

static int show(moat_client *c, moat_device_grant *g, const moat_reply *r) {
  int result = g->stage == ASKING ? read_prompt(c, g, r) : 0;
  if (!result && g->show) result = moat__border(c, g->show(g->show_ctx, &g->prompt), true);
  if (result) return result;
  c->endpoint = g->grant.endpoint;
  g->stage = POLLING;
  return again(c, g);
}

/* ---- Polling ---- */

/* The server's new interval counts, if it sends one. */
static void slow_down(moat_device_grant *g, int32_t interval) {
  g->prompt.interval = interval > 0 ? interval : g->prompt.interval + SLOW_DOWN;
}

/* Two refusals have a result of their own (RFC 8628 3.5). */
static int refused(uint8_t cause, int result) {
  if (cause == MOAT_CAUSE_REFUSED) return MOAT_E_DENIED;
  return cause == MOAT_CAUSE_EXPIRED ? MOAT_E_EXPIRED : result;
}

static int judge(moat_client *c, moat_device_grant *g, const moat_reply *r) {
  int result = moat__grant_reply(c, g, r);
  if (g->grant.answer_read) return result;
  c->error.code = result;
  moat_verdict v = moat_judge(&c->error);
  if (v.need == MOAT_NEED_WAIT) return back_off(c, g);
  if (v.need == MOAT_NEED_SLOW_DOWN) slow_down(g, c->error.interval);
  if (v.need != MOAT_NEED_SLOW_DOWN && v.need != MOAT_NEED_PENDING) return refused(v.cause, result);
  g->failures = 0;
  return again(c, g);
}

/* After the sign-in has ended, in whatever way, the code is useless. */
static int end(moat_device_grant *g, int result) {
  if (result != MOAT_WANT_TIME) {
    moat_wipe(g->memory, g->memory_size);
    g->prompt.device_code.n = 0;
  }
  return result;
}

static int reply(moat_client *c, void *grant, const moat_reply *r) {
  moat_device_grant *g = grant;
  return end(g, g->stage == POLLING ? judge(c, g, r) : show(c, g, r));
}

/* While it is polled for, a code survives a failure: the next poll may succeed. If showing it was
 * cancelled, perhaps nobody saw it, so it is dropped. If its tokens were already being stored, it
 * is used up. */
static int failed(moat_client *c, void *grant, int error) {
  moat_device_grant *g = grant;
  if (g->stage == POLLING && c->state != MOAT__REPLY) {
    bool passes = moat_judge(&c->error).need == MOAT_NEED_WAIT;
    if (c->state == MOAT__DELAY || !passes) return error;
    error = back_off(c, g);
  }
  return end(g, error);
}

static const moat__token_grant kind = {.ops = {.keep_headers = moat__token_headers,
                                               .build = build,
                                               .before_send = moat__grant_before_send,
                                               .reply = reply,
                                               .failed = failed,
                                               .replay = MOAT_REPLAY_SAFE},
                                       .asked = MOAT_ASKED_POLL,
                                       .type =
                                           "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code",
                                       .parameters = parameters};

int moat_device_begin(moat_client *c, moat_device_grant *g) {
  bool asks = !g->prompt.device_code.n;
  if (c->state != MOAT__IDLE ||
      (asks && (!g->device_endpoint || !g->memory || moat__in_work(c, g->memory, g->memory_size))))
    return MOAT_E_MISUSE;
  g->stage = asks ? ASKING : POLLING;
  g->failures = 0;
  g->began = moat__now(c);
  return moat__grant_begin(c, &g->grant, &kind);
}
