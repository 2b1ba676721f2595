/* The key is read when TLS is set up, and its text is wiped then. The library keeps what it parsed
 * until the account is closed. */
#include "client_certificate.h"

#include "../profile/date.h"
#include "../profile/secret.h"
#include "../terminal/term.h"

#include <stdio.h>
#include <string.h>

static char chain[1 << 16]; /* stays as long as the certificates */
static char key[1 << 15];

/* Both PEM and DER will do. A SEQUENCE is what DER begins with. */
static bool is_der(const char *text) {
  return text[0] == 0x30;
}

/* ---- What is wrong ---- */

static int unreadable(const char *what, const char *path, int error) {
  say(CLI_PROFILE, "cannot take the client %s from %s: %s", what, path, file_error(error));
  if (error == FILE_OPEN)
    hint("It has to be yours alone: chmod 600 %s", path);
  else if (error == FILE_LINK)
    hint("Name the file itself, or let the owner of the file make the link.");
  else if (error == FILE_FOREIGN)
    hint("Run moat as the user that it belongs to, %s, or make a copy of your own.",
         file_owner(path));
  else
    hint("The profile names it as client_%s.", what);
  return CLI_PROFILE;
}

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

static int unusable_key(const char *path, bool encrypted, int result) {
  if (result != MOAT_E_CERT) return failed(result);
  if (encrypted) {
    say(CLI_PROFILE, "the client key in %s is encrypted", path);
    hint("Moat asks for no passphrase. This writes one without, into a file for you alone:");
    hint("(umask 077; openssl pkey -in %s -out FILE)", path);
  } else {
    say(CLI_PROFILE, "%s: there is no RSA or EC key that can be used", path);
    hint("PEM or DER is needed, without a passphrase.");
  }
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
  if (error) return unreadable("certificate", path, error);
  moat_tls_identity_init(&c->identity);
  c->is_read = true;
  int r = is_der(chain) ? moat_tls_identity_add_der(&c->identity, chain, n)
                        : moat_tls_identity_add_pem(&c->identity, chain, n);
  if (!r) return CLI_OK;
  client_certificate_close(c);
  return unusable_certificate(path, r);
}

/* Whoever can read the key can be this client. systemd's own protection of a credential does not
 * show in its mode. A NUL counts as part of PEM. */
static int read_key(client_certificate *c, const profile *p, const moat_tls_context *context) {
  const char *path = secret_path(p->value[KEY_CLIENT_KEY]);
  size_t n = 0;
  file_demand demand = secret_is_credential(path) ? FILE_ANY : FILE_PRIVATE;
  int error = secret_read_file(path, demand, key, sizeof key, &n);
  bool encrypted = !error && !is_der(key) && strstr(key, "ENCRYPTED");
  int r = error ? MOAT_OK
                : moat_tls_identity_parse_key(&c->identity, context, key, is_der(key) ? n : n + 1);
  moat_wipe(key, sizeof key); /* it may have been read in part */
  if (error) return unreadable("key", path, error);
  return r ? unusable_key(path, encrypted, r) : CLI_OK;
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
