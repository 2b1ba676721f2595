/* Reads the metadata of an issuer. Metadata decides where secrets are sent, so it counts only if it
 * comes from the issuer's host and names the issuer. */
#include "discovery.h"

#include <string.h>

#include "../engine/engine.h"
#include "../http/http.h"
#include "../text/text.h"

/* A terminating '/' is removed before the well-known part is added (OpenID Connect Discovery 4.1,
 * RFC 8414 3.1). */
int moat__discovery_build(moat_client *c, void *grant, moat_writer *w) {
  const moat_discovery *d = grant;
  moat_span path = moat_str(d->endpoint->path);
  if (path.p[path.n - 1] == '/') path.n--;
  c->error.asked = MOAT_ASKED_DISCOVERY;
  moat__put_text(w, "GET ");
  if (d->inserted) moat__put_text(w, "/.well-known/oauth-authorization-server");
  moat__put_span(w, path);
  if (!d->inserted) moat__put_text(w, "/.well-known/openid-configuration");
  moat__put_head(w, d->endpoint);
  moat__put_text(w, "\r\n");
  return 0;
}

/* The hosts of Entra and of its national clouds. */
static bool is_microsoft(const char *host) {
  static const char hosts[] = "login.microsoftonline.com\0login.microsoftonline.us\0"
                              "login.partner.microsoftonline.cn\0";
  const char *name = hosts;
  while (*name && !moat__is_nocase(moat_str(host), name))
    name += strlen(name) + 1;
  return *name;
}

/* Entra's metadata for tenants that are no single one, such as "common", names a template.
 * Everything else is compared byte for byte (RFC 8414 3.3). */
static bool is_same_issuer(const moat_discovery *d) {
  moat_span expected = d->issuer, found = d->metadata.issuer;
  while (expected.p && found.p) {
    moat_span a = moat__take(&expected, '/'), b = moat__take(&found, '/');
    if (moat_span_equal(a, b)) continue;
    if (!moat__is_nocase(b, "{tenantid}") || !is_microsoft(d->endpoint->host)) return false;
  }
  return expected.p == found.p; /* both have ended */
}

/* Nothing is written: a good URL does not fit into no memory. */
static bool is_https(moat_span url) {
  moat_endpoint unused;
  return moat_url_split(url.p, url.n, NULL, 0, &unused) == MOAT_E_SPACE;
}

static int judge(const moat__discovery *kind, moat_discovery *d, const moat_reply *r) {
  moat_span *v = &d->metadata.issuer;
  if (!is_same_issuer(d)) return MOAT_E_ISSUER;
  moat__set(&v[MOAT__ISSUER], d->issuer);
  d->metadata.authorization_response_iss_parameter_supported =
      moat__is_nocase(v[MOAT__ISS], "true");
  if (!v[MOAT__TOKEN].n) return MOAT_E_REPLY;
  if (kind->finish) kind->finish(r, v);
  for (unsigned i = MOAT__AUTHORIZATION; i < MOAT__METHODS; i++)
    if (v[i].n && !is_https(v[i])) return MOAT_E_URL;
  return 0;
}

/* Entra says in words which tenant it does not know. */
static int read_error(moat_client *c, const moat_span *v) {
  moat__set(&c->error.error, v[MOAT__ERROR]);
  moat__set(&c->error.description, v[MOAT__DESCRIPTION]);
  c->error.provider_code = moat_provider_code(v[MOAT__DESCRIPTION]);
  return MOAT_E_OAUTH;
}

/* Redirects are errors like any other status: whoever answered is not the issuer. */
int moat__discovery_reply(moat_client *c, void *grant, const moat_reply *r) {
  const moat__discovery *kind = (const void *)c->ops;
  moat_discovery *d = grant;
  moat_span *v = &d->metadata.issuer;
  memset(&d->metadata, 0, sizeof d->metadata);
  int result = moat__members_read(r, kind->members, v, kind->count, &c->error);
  if (r->status == 404 && !d->inserted) {
    d->inserted = true;
    return moat__again(c, 0);
  }
  if (!result && v[MOAT__ERROR].n) return read_error(c, v);
  if (r->status >= 300) return MOAT_E_STATUS;
  if (result) return r->dropped ? MOAT_E_JSON : result; /* of 2xx only pages are dropped */
  return judge(kind, d, r);
}

int moat__discovery_begin(moat_client *c, moat_discovery *d, const moat__discovery *kind) {
  if (c->state != MOAT__IDLE || !d->endpoint || !d->issuer.n ||
      moat__in_work(c, d->issuer.p, d->issuer.n) || strchr(d->endpoint->path, '?'))
    return MOAT_E_MISUSE;
  d->inserted = false;
  return moat__begin(c, d->endpoint, &kind->ops, d);
}
