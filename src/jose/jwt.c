/* Writes a JWT that is not signed yet. Header and claims are written as JSON, and then encoded in
 * place. */
#include "jose.h"

enum { LIFETIME = 300, JTI_BYTES = 16 };

static const char algorithms[][6] = {[MOAT_ES256] = "ES256",
                                     [MOAT_ES384] = "ES384",
                                     [MOAT_RS256] = "RS256",
                                     [MOAT_PS256] = "PS256",
                                     [MOAT_HS256] = "HS256"};

/* All that would only be found missing later, when the connection is up. */
static bool is_sound(const moat_signer *s, const moat_platform *p) {
  if (!s || !s->size || !s->crypto || s->alg - 1u >= MOAT_HS256 || !p->unix_time || !p->random)
    return false;
  if (s->alg == MOAT_HS256) return s->crypto->hmac_sha256 && s->size == MOAT__HS256_BYTES;
  return s->ops && (s->alg == MOAT_ES384 ? !!s->crypto->sha384 : !!s->crypto->sha256);
}

/* Writes nothing if the value is absent. */
static void put_member(moat_writer *w, const char *name, moat_span value) {
  if (!value.n) return;
  moat__put_text(w, ",\"");
  moat__put_text(w, name);
  moat__put_text(w, "\":");
  moat__put_json(w, value);
}

/* `jti` comes first, because it is never absent. A server may refuse a `jti` that it has seen (RFC
 * 7519 4.1.7), so 128 random bits make each one unique. */
static void put_claims(moat_writer *w, const moat__jwt *t) {
  const moat_config *config = w->config;
  const moat_platform *p = config->platform;
  uint32_t lifetime = t->lifetime ? t->lifetime : LIFETIME;
  char jti[JTI_BYTES];
  int64_t now;
  if (p->random(config->platform_ctx, jti, sizeof jti)) w->error = MOAT_E_RANDOM;
  if (p->unix_time(config->platform_ctx, &now) || now <= 0 || now > (int64_t)UINT32_MAX - lifetime)
    w->error = MOAT_E_CLOCK;
  if (w->error) return;
  moat__put_text(w, "{\"jti\":\"");
  moat__put_base64url(w, (moat_span){jti, sizeof jti});
  moat__put_char(w, '"');
  put_member(w, "iss", t->issuer);
  put_member(w, "sub", t->subject);
  put_member(w, "aud", t->audience);
  put_member(w, "scope", t->scope);
  moat__put_text(w, ",\"iat\":");
  moat__put_number(w, (uint32_t)now);
  moat__put_text(w, ",\"exp\":");
  moat__put_number(w, (uint32_t)now + lifetime);
  moat__put_char(w, '}');
}

void moat__put_jwt(moat_writer *w, const moat__jwt *t, const moat_signer *s, char mark) {
  if (!is_sound(s, w->config->platform)) {
    w->error = MOAT_E_MISUSE;
    return;
  }
  size_t start = w->n;
  moat__put_text(w, "{\"alg\":\"");
  moat__put_text(w, algorithms[s->alg]);
  moat__put_text(w, "\",\"typ\":\"JWT\"");
  put_member(w, "kid", t->key_id);
  put_member(w, "x5t#S256", t->thumbprint);
  moat__put_char(w, '}');
  moat__base64url_from(w, start);
  moat__put_char(w, '.');
  start = w->n;
  put_claims(w, t);
  moat__base64url_from(w, start);
  moat__put_char(w, '.');
  for (size_t n = moat__base64url_size(s->size); n > 0; n--)
    moat__put_char(w, mark);
}
