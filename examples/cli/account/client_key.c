/* The text of the key is wiped as soon as it is parsed. The library keeps what it parsed until the
 * account is closed. */
#include "client_key.h"

#include "../terminal/term.h"

#include <string.h>

/* check_value() knows the same names. */
static const char *const names[] = {
    [MOAT_ES256] = "ES256", [MOAT_ES384] = "ES384", [MOAT_RS256] = "RS256", [MOAT_PS256] = "PS256"};

/* ---- What is wrong ---- */

/* A key without a text has been parsed, and it is the algorithm that does not fit. */
static int failed(const profile *p, int key, const key_text *text, int result) {
  if (result == MOAT_E_KEY && !text) {
    say(CLI_PROFILE, "the %s in %s is not for %s", key_file_spoken(key), p->value[key],
        p->value[KEY_KEY_ALGORITHM]);
    hint("ES256 takes a key on P-256, ES384 one on P-384, RS256 and PS256 one of RSA.");
    return CLI_PROFILE;
  }
  if (result == MOAT_E_KEY || result == MOAT_E_ENCRYPTED)
    return key_file_unusable(p, key, text && text->is_encrypted);
  say(CLI_FAILED, "the %s cannot be prepared: %s", key_file_spoken(key), moat_error_text(result));
  hint("This is about the machine and not about the account.");
  return CLI_FAILED;
}

/* ---- Reading ---- */

/* For RSA, Entra recommends PS256, and RS256 is the algorithm that all others have. */
static int usual_signer(client_key *k, const profile *p) {
  int r = moat_key_signer(&k->key, 0, &k->signer);
  if (r || k->signer.alg != MOAT_PS256 || profile_is_entra(p)) return r;
  return moat_key_signer(&k->key, MOAT_RS256, &k->signer);
}

/* A person's choice comes first, and has to fit the key. */
static int make_signer(client_key *k, const profile *p) {
  int alg = MOAT_PS256;
  while (alg && strcmp(p->value[KEY_KEY_ALGORITHM], names[alg]) != 0)
    alg--;
  return alg ? moat_key_signer(&k->key, alg, &k->signer) : usual_signer(k, p);
}

/* Entra knows a certificate by its thumbprint. */
static int take_thumbprint(client_key *k, const client_certificate *c) {
  k->thumbprint[0] = '\0';
  if (!c->is_read) return MOAT_OK;
  const mbedtls_x509_buf *der = &c->identity.chain.list.raw;
  return moat_thumbprint(&moat_crypto_mbedtls, NULL, der->p, der->len, k->thumbprint);
}

int client_key_parse(client_key *k, const profile *p, int key, const key_text *text,
                     const moat_platform *platform, void *platform_ctx) {
  client_key_close(k);
  int r = moat_key_load(&k->key, text->p, text->n, platform, platform_ctx);
  if (r) return failed(p, key, text, r);
  k->is_read = true;
  r = make_signer(k, p);
  return r ? failed(p, key, NULL, r) : CLI_OK;
}

/* The key is read anew each time. A profile may name another one since, or the file was replaced.
 */
int client_key_read(client_key *k, const client_certificate *c, const profile *p,
                    const moat_platform *platform, void *platform_ctx) {
  key_text text;
  int status = key_file_read(p, KEY_CLIENT_KEY, &text);
  if (status) return status;
  status = client_key_parse(k, p, KEY_CLIENT_KEY, &text, platform, platform_ctx);
  key_file_wipe();
  int r = status ? MOAT_OK : take_thumbprint(k, c);
  return r ? failed(p, KEY_CLIENT_KEY, NULL, r) : status;
}

/* ---- Using ---- */

/* RFC 7523 3 leaves it to the server. Entra wants the URL of its token endpoint. Elsewhere it is
 * the issuer, if that is known. */
const char *client_key_audience(const profile *p) {
  static const int from[] = {KEY_ISSUER, KEY_DISCOVERY};
  if (*p->value[KEY_ASSERTION_AUDIENCE]) return p->value[KEY_ASSERTION_AUDIENCE];
  for (size_t i = 0; i < sizeof from / sizeof *from && !profile_is_entra(p); i++)
    if (*p->value[from[i]]) return p->value[from[i]];
  return p->value[KEY_TOKEN_URL];
}

const char *client_key_algorithm(const client_key *k) {
  return names[k->signer.alg];
}

/* A secret needs no signer of its own: it is hashed with what it signs. */
void client_key_use(const client_key *k, const profile *p, moat_jwt_auth *auth) {
  static const moat_signer secret = {
      .crypto = &moat_hmac_crypto_mbedtls, .alg = MOAT_HS256, .size = 32 /* bytes of SHA-256 */};
  auth->signer = k ? &k->signer : &secret;
  auth->audience = moat_str(client_key_audience(p));
  auth->key_id = moat_str(p->value[KEY_KEY_ID]);
  auth->thumbprint = moat_str(k ? k->thumbprint : NULL);
}

void client_key_advise(const profile *p) {
  bool signs = profile_signs(p);
  if (!signs && strcmp(p->value[KEY_AUTH], "client-secret-jwt") != 0) return;
  hint("The assertion is for %s. If the server expects another audience, set assertion_audience.%s",
       client_key_audience(p), signs ? " Compare key_id and key_algorithm as well." : "");
}

void client_key_close(client_key *k) {
  if (k->is_read) moat_key_free(&k->key);
  k->is_read = false;
}
