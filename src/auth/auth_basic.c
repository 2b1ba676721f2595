/* client_secret_basic: id and secret in a header. There are two variants, because servers disagree
 * about how the two are encoded. */
#include "../http/http.h"

/* id:secret is written plainly and then encoded in place, so no other buffer is needed. */
static void basic(const moat_auth *a, moat_writer *w, void (*put)(moat_writer *w, moat_span s)) {
  moat__put_text(w, "Authorization: Basic ");
  size_t start = w->n;
  put(w, a->client_id);
  moat__put_char(w, ':');
  put(w, a->client_secret);
  moat__base64_from(w, start);
  moat__put_text(w, "\r\n");
}

static void encoded(const moat_auth *a, moat_writer *w) {
  basic(a, w, moat__put_form);
}

static void raw(const moat_auth *a, moat_writer *w) {
  basic(a, w, moat__put_span);
}

/* RFC 6749 2.3.1 requires id and secret to be form-encoded first, but some servers expect them
 * unencoded. */
const moat_auth_ops moat_auth_basic = {.header = encoded, .secret = true, .proves = true};
const moat_auth_ops moat_auth_basic_raw = {.header = raw, .secret = true, .proves = true};
