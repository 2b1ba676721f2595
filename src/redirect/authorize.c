/* Writes the authorization request, which a browser makes. It holds no secret: only the hash of the
 * verifier leaves the device (RFC 7636 4.2). The method is always S256. With "plain", whoever sees
 * the URL could use the code. */
#include "../text/text.h"

#include <string.h>

enum { RANDOM_BYTES = 32, HASH_BYTES = 32 };

/* The bytes are wiped after an error as well: the port may have filled some of them. */
static int make_secret(char out[44], const moat_platform *platform, void *ctx) {
  char bytes[RANDOM_BYTES];
  int result = platform->random(ctx, bytes, sizeof bytes);
  if (result == MOAT_OK) {
    moat_writer w = {.p = out, .size = 44};
    moat__put_base64url(&w, (moat_span){bytes, sizeof bytes});
    moat__put_char(&w, '\0');
  }
  moat_wipe(bytes, sizeof bytes);
  return moat__port_result(result, false);
}

int moat_authorization_keys_make(moat_authorization_keys *p, const moat_platform *platform,
                                 void *ctx) {
  if (!p || !platform || !platform->random) return MOAT_E_MISUSE;
  int result = make_secret(p->state, platform, ctx);
  if (result == MOAT_OK) result = make_secret(p->code_verifier, platform, ctx);
  if (result != MOAT_OK) moat_wipe(p, sizeof *p);
  return result;
}

/* Values are percent-encoded and not form-encoded: in a URL, more servers understand %20 than '+'
 * for a space. */
static void put_parameter(moat_writer *w, const char *name, moat_span value) {
  if (value.n == 0) return;
  moat__put_name(w, name);
  moat__put_percent(w, value);
}

/* Writes the endpoint, with its query if it has one (RFC 6749 3.1), ready for the next
 * parameter. */
static void put_endpoint(moat_writer *w, moat_span url) {
  moat__put_span(w, url);
  if (!memchr(url.p, '?', url.n)) moat__put_char(w, '?');
  char last = memchr(url.p, '?', url.n) ? url.p[url.n - 1] : '?';
  if (last == '?' || last == '&') w->form = w->n;
}

/* The hash is public as soon as the URL is, so it is not wiped. */
static int put_challenge(moat_writer *w, const char verifier[43], const moat_crypto *crypto,
                         void *crypto_ctx) {
  uint8_t hash[HASH_BYTES];
  int result = moat__port_result(crypto->sha256(crypto_ctx, verifier, 43, hash), false);
  if (result != MOAT_OK) return result;
  moat__put_name(w, "code_challenge");
  moat__put_base64url(w, (moat_span){(const char *)hash, sizeof hash});
  put_parameter(w, "code_challenge_method", MOAT__LIT("S256"));
  return MOAT_OK;
}

int moat_authorize_url(const moat_authorize *a, const moat_authorization_keys *p,
                       const moat_crypto *crypto, void *crypto_ctx, char *out, size_t size) {
  if (!p->state[0] || !p->code_verifier[0] || a->client_id.n == 0) return MOAT_E_MISUSE;
  /* `out` has to hold the URL anyway, so it serves as memory for checking the endpoint. */
  moat_endpoint endpoint;
  int result = moat_url_split(a->url.p, a->url.n, out, size, &endpoint);
  if (result != MOAT_OK) return result;
  if (!moat__is_url_text(a->extra)) return MOAT_E_URL;

  moat_writer w = {.p = out, .size = size};
  put_endpoint(&w, a->url);
  put_parameter(&w, "response_type", MOAT__LIT("code"));
  put_parameter(&w, "client_id", a->client_id);
  put_parameter(&w, "redirect_uri", a->redirect_uri);
  put_parameter(&w, "scope", a->scope);
  put_parameter(&w, "state", (moat_span){p->state, sizeof p->state - 1});
  result = put_challenge(&w, p->code_verifier, crypto, crypto_ctx);
  if (result != MOAT_OK) return result;
  moat__put_extra(&w, a->extra);
  moat__put_char(&w, '\0');
  return w.n > size ? MOAT_E_SPACE : (int)(w.n - 1);
}
