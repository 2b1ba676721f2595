/* Takes a profile away, with all that Moat keeps for it on this machine. A client that Moat has
 * registered goes at the provider first: without the profile nobody could delete it there. */
#include "commands.h"

#include <moat/registration.h>

#include "../account/client.h"
#include "../files.h"
#include "../profile/change.h"
#include "../profile/registration.h"
#include "../report/report.h"
#include "../terminal/ask.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "rewrite.h"

#include <string.h>
#include <unistd.h>

/* The end of the client at the provider. STAYS: it cannot be deleted from here, or must not be. */
enum { NOT_OURS, DELETED, UNKNOWN, STAYS };

/* Only a person at a terminal can be asked. */
static int confirm(const account *a) {
  bool yes = false;
  if (a->options.yes) return CLI_OK;
  if (!isatty(STDERR_FILENO) || !ask_begin())
    return options_misuse(&a->options, "remove asks at a terminal; elsewhere it needs --yes");
  hint("The profile %s goes, and with it its tokens and a stored secret.", a->options.name);
  if (registration_exists(&a->paths) && !a->options.local)
    hint("Its client is deleted at the provider: Moat has registered it.");
  int status = ask_yes("Remove it? yes or no", &yes);
  ask_end();
  if (status || yes) return status;
  say(CLI_FAILED, "nothing was removed");
  return CLI_FAILED;
}

/* ---- At the provider ---- */

/* The exit status says whether it may work later. Either way the profile is whole. */
static int failed(account *a) {
  const moat_error_info *e = moat_error(&a->client);
  if (e->code == MOAT_E_CANCEL) return say_cancelled();
  int status = a->prepared > CLI_OK ? a->prepared : report_failure(a, e);
  hint("Nothing was removed: the client is still registered. To leave it there: moat remove %s "
       "--local",
       a->options.name);
  return status;
}

/* The account is not needed: the request is proved by the registration's own token. */
static int delete_client(account *a, const registration *kept, int *told) {
  static char uri[VALUE_SIZE];
  if (kept->client_uri.n >= sizeof uri) return CLI_OK;
  memcpy(uri, kept->client_uri.p, kept->client_uri.n);
  int status = client_open(a, KEY_DISCOVERY, uri, CLIENT_UNKNOWN);
  moat_unregistration u = {.endpoint = &a->client_endpoint,
                           .registration_access_token = kept->access_token};
  if (!status && client_run(a, moat_unregister_begin(&a->client, &u))) status = failed(a);
  client_close(a);
  *told = u.was_unknown ? UNKNOWN : DELETED;
  return status;
}

/* The provider is told before anything goes here, and is told again if this was killed in between:
 * it then knows no such client. The ID is all that a person needs who deletes it there. */
static int unregister(account *a, int *told) {
  registration kept;
  *told = NOT_OURS;
  if (!registration_exists(&a->paths)) return CLI_OK;
  int status = registration_read(&a->paths, &kept, &a->profile);
  *told = STAYS;
  hide_secret(kept.access_token);
  if (!status && !a->options.local && kept.client_uri.n && kept.access_token.n)
    status = delete_client(a, &kept, told);
  if (!status && *told == STAYS)
    hint("The client %.*s stays registered at the provider: delete it there.",
         (int)kept.client_id.n, kept.client_id.p);
  if (!status && *told == UNKNOWN)
    hint("The provider knew the client %.*s no more, or not its token.", (int)kept.client_id.n,
         kept.client_id.p);
  return status;
}

/* ---- On this machine ---- */

/* A profile that cannot be read can be removed all the same. */
static void show_rest(account *a, int told) {
  static const int files[] = {KEY_SECRET_FILE, KEY_CLIENT_KEY, KEY_SERVICE_ACCOUNT};
  const char *revoke = profile_provider(&a->profile)->revoke;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    const char *file = a->profile.value[files[i]];
    if (*file) hint("The file with the %s stays: %s", i ? "key" : "secret", file);
  }
  if (told == DELETED || told == UNKNOWN) return;
  if (profile_is_unattended(&a->profile)) {
    hint("The provider was not told: the client is still registered there.");
    return;
  }
  hint("The provider was not told: a person withdraws the consent in the account.");
  if (revoke) hint("%s", revoke);
}

/* A removal that was killed may have left a state folder without a profile, and so may a
 * registration. */
int cmd_remove(account *a) {
  int told, status = paths_find(&a->paths, a->options.name);
  if (status) return status;
  bool is_there = !file_is_missing(a->paths.conf);
  if (is_there && !profile_read(&a->profile, a->paths.conf)) profile_fill(&a->profile);
  if (!is_there && file_is_missing(a->paths.state)) return profile_read(&a->profile, a->paths.conf);
  status = confirm(a);
  if (!status) status = rewrite_lock(a);
  if (!status) status = unregister(a, &told);
  if (!status) status = change_remove(&a->paths);
  if (status) return status;
  status = print("%s is removed: the profile, its tokens, and a stored secret.", a->options.name);
  if (!status && told == DELETED) status = print("Its client is deleted at the provider.");
  if (!status) show_rest(a, told);
  return status;
}
