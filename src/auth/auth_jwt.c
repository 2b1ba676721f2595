/* private_key_jwt and client_secret_jwt (OpenID Connect Core 9, RFC 7523 2.2): the client proves
 * who it is by a JWT that it signs. */
#include "../http/http.h"
#include "../jose/jose.h"

static void form(const moat_auth *a, moat_writer *w) {
  const moat_jwt_auth *j = (const void *)a;
  moat__jwt jwt = {.key_id = j->key_id,
                   .thumbprint = j->thumbprint,
                   .issuer = a->client_id,
                   .subject = a->client_id,
                   .audience = j->audience,
                   .lifetime = j->lifetime};
  moat__put_field(w, "client_id", a->client_id);
  moat__put_field(w, "client_assertion_type", moat_str(MOAT__ASSERTION_TYPE));
  moat__put_name(w, "client_assertion");
  moat__put_jwt(w, &jwt, j->signer, MOAT__UNSIGNED_CLIENT);
  if (a->ops->secret && a->client_secret.n < MOAT__HS256_BYTES) w->error = MOAT_E_KEY;
  /* The writer has judged the signer. Every assertion has an audience (RFC 7523 3), and a secret is
   * for HS256 alone. */
  if (!j->audience.n || (j->signer && (j->signer->alg == MOAT_HS256) != a->ops->secret))
    w->error = MOAT_E_MISUSE;
}

static int seal(const moat_auth *a, char *request, size_t n) {
  const moat_jwt_auth *j = (const void *)a;
  return moat__jws_sign(j->signer, a->client_secret, MOAT__UNSIGNED_CLIENT, request, n);
}

const moat_auth_ops moat_auth_private_key_jwt = {.form = form, .seal = seal, .proves = true};
const moat_auth_ops moat_auth_client_secret_jwt = {
    .form = form, .seal = seal, .secret = true, .proves = true};
