/* The file is read anew each time, and nothing of it is kept: it has the private key. The profile
 * has only its path. */
#include "service_account.h"

#include "../terminal/term.h"
#include "claims.h"

#include <string.h>

enum { PEM_SIZE = 16384 };

static int no_account(const profile *p) {
  say(CLI_PROFILE, "%s is not the key of a service account", p->value[KEY_SERVICE_ACCOUNT]);
  hint("It has to be the JSON file that the console makes, with client_email and private_key.");
  return CLI_PROFILE;
}

/* Its address is its name at the provider. */
int service_account_email(const profile *p, char email[VALUE_SIZE]) {
  key_text text;
  int status = key_file_read(p, KEY_SERVICE_ACCOUNT, &text);
  bool good = !status && claims_text(text.p, "client_email", email, VALUE_SIZE);
  key_file_wipe();
  return status || good ? status : no_account(p);
}

/* Takes the key out of the JSON, where each line end is an escape. */
static int read_key(service_account *s, const profile *p, const char *json,
                    const moat_platform *platform, void *platform_ctx) {
  static char pem[PEM_SIZE];
  int status = claims_lines(json, "private_key", pem, sizeof pem) ? CLI_OK : no_account(p);
  key_text text = {pem, strlen(pem) + 1, strstr(pem, "ENCRYPTED") != NULL};
  if (!status)
    status = client_key_parse(&s->key, p, KEY_SERVICE_ACCOUNT, &text, platform, platform_ctx);
  moat_wipe(pem, sizeof pem);
  return status;
}

/* The name of the key is not needed if there is but one. */
int service_account_read(service_account *s, const profile *p, const moat_platform *platform,
                         void *platform_ctx) {
  key_text text;
  int status = key_file_read(p, KEY_SERVICE_ACCOUNT, &text);
  if (status) return status;
  if (!claims_text(text.p, "private_key_id", s->key_id, sizeof s->key_id)) s->key_id[0] = '\0';
  bool good = claims_text(text.p, "client_email", s->email, sizeof s->email);
  status = good ? read_key(s, p, text.p, platform, platform_ctx) : no_account(p);
  key_file_wipe();
  return status;
}

void service_account_close(service_account *s) {
  client_key_close(&s->key);
}
