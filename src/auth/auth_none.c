/* A client without a secret still has to say who it is (RFC 6749 3.2.1, RFC 8705 2). */
#include "../http/http.h"

static void form(const moat_auth *a, moat_writer *w) {
  moat__put_field(w, "client_id", a->client_id);
}

const moat_auth_ops moat_auth_none = {.form = form};
