/* Whoever can read the key can be this client, so nobody else may. systemd's own protection of a
 * credential does not show in its mode. */
#include "key_file.h"

#include "../profile/secret.h"
#include "../terminal/term.h"

#include <stdio.h>
#include <string.h>

static char text[1 << 15];

void key_file_wipe(void) {
  moat_wipe(text, sizeof text);
}

/* A SEQUENCE is what DER begins with. */
bool key_file_is_der(const char *p) {
  return p[0] == 0x30;
}

const char *key_file_spoken(int key) {
  static char words[32];
  (void)snprintf(words, sizeof words, "%s", profile_key(key));
  for (char *c = words; *c; c++)
    if (*c == '_') *c = ' ';
  return words;
}

int key_file_unreadable(const profile *p, int key, int error) {
  const char *path = secret_path(p->value[key]);
  say(CLI_PROFILE, "cannot take the %s from %s: %s", key_file_spoken(key), path, file_error(error));
  if (error == FILE_OPEN)
    hint("It has to be yours alone: chmod 600 %s", path);
  else if (error == FILE_LINK)
    hint("Name the file itself, or let the owner of the file make the link.");
  else if (error == FILE_FOREIGN)
    hint("Run moat as the user that it belongs to, %s, or make a copy of your own.",
         file_owner(path));
  else
    hint("The profile names it as %s.", profile_key(key));
  return CLI_PROFILE;
}

int key_file_unusable(const profile *p, int key, bool is_encrypted) {
  const char *path = secret_path(p->value[key]);
  if (key == KEY_SERVICE_ACCOUNT) {
    say(CLI_PROFILE,
        is_encrypted ? "the private_key in %s is encrypted"
                     : "%s: there is no RSA or EC key that can be used in private_key",
        path);
    hint("It has to be the JSON file that the console makes, unchanged.");
  } else if (is_encrypted) {
    say(CLI_PROFILE, "the %s in %s is encrypted", key_file_spoken(key), path);
    hint("Moat asks for no passphrase. This writes one without, into a file for you alone:");
    hint("(umask 077; openssl pkey -in %s -out FILE)", path);
  } else {
    say(CLI_PROFILE, "%s: there is no RSA or EC key that can be used", path);
    hint("PEM or DER is needed, without a passphrase.");
  }
  return CLI_PROFILE;
}

/* A NUL counts as part of PEM. What was read of a file before an error is wiped as well. */
int key_file_read(const profile *p, int key, key_text *out) {
  const char *path = secret_path(p->value[key]);
  file_demand demand = secret_is_credential(path) ? FILE_ANY : FILE_PRIVATE;
  int error = secret_read_file(path, demand, text, sizeof text, &out->n);
  if (error) {
    key_file_wipe();
    return key_file_unreadable(p, key, error);
  }
  bool is_der = key_file_is_der(text);
  *out = (key_text){text, out->n + !is_der, !is_der && strstr(text, "ENCRYPTED")};
  return CLI_OK;
}
