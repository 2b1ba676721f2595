/* A public client has no secret, but it still has to say who it is (RFC 6749 3.2.1). */
#include "../http/http.h"

static void form(const moat_auth *a, moat_writer *w) {
  moat__put_field(w, "client_id", a->client_id);
}

const moat_auth_ops moat_auth_none = {.form = form};
