/* The key is read when TLS is set up, and its text is wiped then. The library keeps what it parsed
 * until the account is closed. */
#include "client_certificate.h"

#include "../profile/date.h"
#include "../profile/secret.h"
#include "../terminal/term.h"
#include "key_file.h"

#include <stdio.h>

static char chain[1 << 16]; /* stays as long as the certificates */

/* ---- What is wrong ---- */

static int failed(int result) {
  say(CLI_FAILED, "TLS cannot be set up: %s", moat_error_text(result));
  hint("This is about the machine and not about the account.");
  return CLI_FAILED;
}

static int unusable_certificate(const char *path, int result) {
  if (result != MOAT_E_CERT) return failed(result);
  say(CLI_PROFILE, "%s: there is no certificate that can be used, or not all of them can", path);
  hint("PEM is needed: the client's own certificate first, and then those of its issuers.");
  return CLI_PROFILE;
}

static int unusable_pair(const profile *p, int result) {
  const char *certificate = p->value[KEY_CLIENT_CERTIFICATE];
  if (result == MOAT_E_SPACE) {
    say(CLI_PROFILE, "%s: these certificates are too many for TLS", certificate);
    hint("The client's own is needed, and those of its issuers that the server does not have.");
    return CLI_PROFILE;
  }
  if (result != MOAT_E_CERT) return failed(result);
  say(CLI_PROFILE, "the client key in %s does not belong to the certificate in %s",
      p->value[KEY_CLIENT_KEY], certificate);
  hint("The client's own certificate has to be the first in its file.");
  return CLI_PROFILE;
}

/* ---- Reading ---- */

/* It is public, so its owner decides who may read it. */
int client_certificate_read(client_certificate *c, const profile *p) {
  const char *path = secret_path(p->value[KEY_CLIENT_CERTIFICATE]);
  size_t n = 0;
  if (c->is_read || !*path) return CLI_OK;
  int error = secret_read_file(path, FILE_ANY, chain, sizeof chain, &n);
  if (error) return key_file_unreadable(p, KEY_CLIENT_CERTIFICATE, error);
  moat_tls_identity_init(&c->identity);
  c->is_read = true;
  int r = key_file_is_der(chain) ? moat_tls_identity_add_der(&c->identity, chain, n)
                                 : moat_tls_identity_add_pem(&c->identity, chain, n);
  if (!r) return CLI_OK;
  client_certificate_close(c);
  return unusable_certificate(path, r);
}

/* The text is wiped as soon as it is parsed. */
static int read_key(client_certificate *c, const profile *p, const moat_tls_context *context) {
  key_text key;
  int status = key_file_read(p, KEY_CLIENT_KEY, &key);
  if (status) return status;
  int r = moat_tls_identity_parse_key(&c->identity, context, key.p, key.n);
  key_file_wipe();
  if (r && r != MOAT_E_CERT) return failed(r);
  return r ? key_file_unusable(p, KEY_CLIENT_KEY, key.is_encrypted) : CLI_OK;
}

int client_certificate_use(client_certificate *c, const profile *p, moat_tls_context *context) {
  int status = client_certificate_read(c, p);
  if (status || !c->is_read) return status;
  status = read_key(c, p, context);
  int r = status ? MOAT_OK : moat_tls_set_identity(context, &c->identity);
  if (r) status = unusable_pair(p, r);
  if (status) client_certificate_close(c);
  return status;
}

/* ---- Facts ---- */

int64_t client_certificate_end(const client_certificate *c) {
  int64_t first = 0, day;
  char date[40];
  if (!c->is_read) return 0;
  for (const mbedtls_x509_crt *crt = &c->identity.chain.list; crt; crt = crt->next) {
    const mbedtls_x509_time *end = &crt->valid_to;
    (void)snprintf(date, sizeof date, "%04d-%02d-%02d", end->year, end->mon, end->day);
    if (date_day(date, &day) && (!first || day < first)) first = day;
  }
  return first;
}

void client_certificate_name(const client_certificate *c, char *out, size_t size) {
  if (mbedtls_x509_dn_gets(out, size, &c->identity.chain.list.subject) <= 0)
    (void)snprintf(out, size, "without a name");
}

void client_certificate_close(client_certificate *c) {
  if (c->is_read) moat_tls_identity_free(&c->identity);
  c->is_read = false;
}
