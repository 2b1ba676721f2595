/* A federated credential (RFC 7523 2.2): another issuer has signed the assertion. */
#include "../http/http.h"
#include "../jose/jose.h"

static void form(const moat_auth *a, moat_writer *w) {
  moat__put_field(w, "client_id", a->client_id);
  moat__put_field(w, "client_assertion_type", moat_str(MOAT__ASSERTION_TYPE));
  moat__put_field(w, "client_assertion", a->client_secret);
}

const moat_auth_ops moat_auth_assertion = {.form = form, .secret = true, .proves = true};
