/* The grant as another program's configuration: Config.toml of Ballerina's OneDrive connector. */
#include "commands.h"

#include "secret.h"
#include "term.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TOML_SIZE = 131072, SHOWN = 4, SHOWN_LEAST = 40 };

static char toml[TOML_SIZE];
static size_t size;

/* ---- TOML ----
 * Whether all of it fitted is asked once, at the end. */

/* Goes on counting when the buffer is full. */
static void put(const char *p, size_t n) {
  if (size + n <= sizeof toml) memcpy(toml + size, p, n);
  size += n;
}

/* One character of a basic string (TOML 1.0). */
static void put_escaped(char c) {
  static const char plain[] = "\"\\\b\t\n\f\r", letters[] = "\"\\btnfr";
  const char *at = c ? strchr(plain, c) : NULL;
  char text[8] = {c};
  if (at)
    put((const char[]){'\\', letters[at - plain]}, 2);
  else if ((unsigned char)c < ' ' || c == 0x7f)
    put(text, (size_t)snprintf(text, sizeof text, "\\u%04x", (unsigned)c));
  else
    put(text, 1);
}

static void put_line(const char *key, moat_span value) {
  put(key, strlen(key));
  put(" = \"", 4);
  for (size_t i = 0; i < value.n; i++)
    put_escaped(value.p[i]);
  put("\"\n", 2);
}

/* Enough of a long one to tell it from another, and nothing of a short one. */
static void put_masked(const char *key, moat_span value) {
  char text[SHOWN + 8] = "";
  size_t n = value.n >= SHOWN_LEAST ? SHOWN : 0;
  memcpy(text, value.p, n);
  memcpy(text + n, "********", 8);
  put_line(key, (moat_span){text, n + 8});
}

/* ---- What does not serve ---- */

/* One format so far, and yet named: the default of a program to come is not known. */
static int check_options(const account *a) {
  if (!a->options.format) return options_misuse(&a->options, "export needs --format ballerina");
  if (strcmp(a->options.format, "ballerina") == 0) return CLI_OK;
  return options_misuse(&a->options, "there is no format '%s'", a->options.format);
}

/* A file that the program would refuse at its start is no export. */
static int check_grant(const account *a) {
  const moat_record *r = &a->store.record;
  const char *name = a->options.name;
  if (!r->refresh_token.n) {
    say(CLI_SIGN_IN, "the grant of %s has no refresh token to export", name);
    hint("Ask for one (offline_access in the scope) and sign in again: moat login %s", name);
    return CLI_SIGN_IN;
  }
  if (account_sends_secret(a, r->how)) return CLI_OK;
  say(CLI_PROFILE, "the grant of %s goes without a client secret, and Ballerina needs one", name);
  hint("Its OAuth client refuses an empty clientSecret. Register a Web platform with a secret,");
  hint("then: moat init %s --force --secret-file FILE, and sign in again.", name);
  return CLI_PROFILE;
}

/* The connector's sample leaves the URL at its default. */
static void warn(const account *a) {
  const char *url = a->profile.value[KEY_TOKEN_URL];
  if (strcmp(url, "https://login.microsoftonline.com/common/oauth2/v2.0/token") != 0) {
    say(CLI_OK, "warning: the program must set refreshUrl, for this is not Entra's common tenant:");
    hint("refreshUrl: \"%s\"", url);
  }
  if (a->options.output)
    hint("The program never writes a newer refresh token to it: export again within 90 days.");
}

/* ---- Output ---- */

/* -o replaces a file in one step: the program that reads it never sees half of one. */
static int write_output(const account *a) {
  const char *path = a->options.output;
  if (!path) return print_bytes(toml, size);
  int error = file_write(path, toml, size, true);
  if (!error) return print("%s is written, for its owner alone.", path);
  say(CLI_FAILED, "cannot write %s: %s", path, file_error(error));
  hint("Is its folder there, and may you write to it?");
  return CLI_FAILED;
}

static int export(const account *a, moat_span secret) {
  bool masked = !a->options.output && !a->options.show_secrets && isatty(STDOUT_FILENO);
  void (*put_secret)(const char *, moat_span) = masked ? put_masked : put_line;
  put_secret("refreshToken", a->store.record.refresh_token);
  put_line("clientId", moat_str(a->profile.value[KEY_CLIENT_ID]));
  put_secret("clientSecret", secret);
  if (size > sizeof toml) {
    say(CLI_FAILED, "the export is too long");
    hint("Please report it.");
    return CLI_FAILED;
  }
  warn(a);
  if (masked) hint("Masked, for this is a terminal: --show-secrets shows all, -o FILE writes it.");
  return write_output(a);
}

int cmd_export(account *a) {
  moat_span secret = {NULL, 0};
  int status = check_options(a);
  if (!status) status = account_open(a);
  if (!status) status = account_load(a);
  if (!status) status = check_grant(a);
  if (!status) status = secret_read(a, &secret);
  if (!status) status = export(a, secret);
  moat_wipe(toml, sizeof toml);
  return status;
}
