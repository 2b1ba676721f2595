/* Replaces the client secret. Its last day was the old one's, so it goes unless a new one is
 * given. */
#include "commands.h"

#include "../files.h"
#include "../profile/secret.h"
#include "../report/secret_expiry.h"
#include "../terminal/ask.h"
#include "../terminal/term.h"
#include "rewrite.h"

#include <string.h>
#include <unistd.h>

/* Like --secret-file: a path is remembered, and `-` is asked for or read. */
static int take(account *a, const char *file, moat_span *secret) {
  bool asks = !*file && isatty(STDIN_FILENO);
  int status = asks    ? secret_ask(&a->profile, "Client secret (not shown)", false, secret)
               : *file ? secret_take_file(file, secret)
                       : secret_take_input(secret);
  ask_end();
  if (!status && !asks) (void)secret_suspect(&a->profile, *secret);
  return status ? status : secret_check_long(CLI_MISUSE, &a->profile, *secret);
}

/* The way that the client proves itself is not changed silently. A key alone would have no use. */
static int refuse(const account *a) {
  char const(*value)[VALUE_SIZE] = a->profile.value;
  bool is_alone = *value[KEY_CLIENT_KEY] && !*value[KEY_CLIENT_CERTIFICATE];
  say(CLI_MISUSE, "%s proves itself by %s, and needs no secret", a->options.name,
      profile_proof(&a->profile));
  hint("If a secret takes its place, first: moat set %s auth=none%s", a->options.name,
       is_alone ? " client_key=" : "");
  return CLI_MISUSE;
}

/* A client that had no secret proves itself with this one, as after init. */
static int apply(account *a, profile *given) {
  const char *word = a->options.word_count ? a->options.words[0] : "-";
  a->options.key[KEY_SECRET_FILE] = strcmp(word, "-") == 0 ? "" : word;
  if (!a->options.key[KEY_SECRET_EXPIRES]) a->options.key[KEY_SECRET_EXPIRES] = "";
  int status = profile_apply(given, &a->options);
  a->profile = *given;
  profile_fill(&a->profile);
  if (!status && profile_proof(&a->profile)) return refuse(a);
  if (!profile_has_secret(&a->profile)) memcpy(given->value[KEY_AUTH], "post", sizeof "post");
  a->profile = *given;
  return status ? status : profile_resolve(&a->profile, &a->options);
}

/* The secret is read before the lock is taken: a person may be slow. What is in the profile may
 * change meanwhile, so it is read again. */
int cmd_secret(account *a) {
  static profile before, given;
  moat_span secret = {NULL, 0};
  const moat_span none = secret;
  int status = paths_find(&a->paths, a->options.name);
  if (!status) status = profile_read(&given, a->paths.conf);
  if (!status) status = apply(a, &given);
  if (!status) status = take(a, a->profile.value[KEY_SECRET_FILE], &secret);
  if (!status) status = rewrite_open(a, &before);
  if (status) return status;
  given = before;
  status = apply(a, &given);
  bool is_stored = !a->profile.value[KEY_SECRET_FILE][0];
  const moat_span *change = is_stored ? &secret : rewrite_has_stored(a) ? &none : NULL;
  if (!status) status = rewrite_save(a, &before, &given, change);
  if (!status) expiry_warn(a, expiry_find(a));
  return status;
}
