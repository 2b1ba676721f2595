/* client_secret_post: id and secret in the body. RFC 6749 2.3.1 prefers the header, but this is
 * what Entra's guides show. */
#include "../http/http.h"

static void form(const moat_auth *a, moat_writer *w) {
  moat__put_field(w, "client_id", a->client_id);
  moat__put_field(w, "client_secret", a->client_secret);
}

const moat_auth_ops moat_auth_post = {.form = form, .secret = true, .proves = true};
