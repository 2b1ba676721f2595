/* The stored grant and its lock, and what can be wrong with them. */
#include "account.h"

#include "../files.h"
#include "../signals.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"

#include <errno.h>
#include <poll.h>

enum { LOCK_POLL_MS = 20 };

/* MOAT_E_STORE without an errno is a damaged record. EPERM and ELOOP mean that the port did not
 * read a file, because it is another user's, a link, or open to others. */
int account_state_failed(account *a, int result) {
  const char *name = a->options.name, *folder = a->paths.state;
  int error = a->posix.error;
  if (result == MOAT_E_NEWER) {
    say(CLI_FAILED, "the grant stored for %s was written by a newer moat; it is left alone", name);
    hint("Use the newer moat, or sign in under another name.");
    return CLI_FAILED;
  }
  if (result == MOAT_E_STORE && error == 0) {
    say(CLI_SIGN_IN, "the grant stored for %s is damaged", name);
    hint("Sign in again: moat login %s", name);
    return CLI_SIGN_IN;
  }
  if (error == ENOENT && file_is_missing(a->paths.conf)) /* another moat removed it meanwhile */
    return profile_read(&a->profile, a->paths.conf);
  if (error != EPERM && error != ELOOP) {
    say(CLI_FAILED, "the state in %s cannot be read or written: %s", folder,
        error ? file_error(error) : moat_error_text(result));
    hint("See to the folder and its disk, then try again.");
    return CLI_FAILED;
  }
  return account_tell_whose(a);
}

int account_busy(const account *a) {
  say(CLI_LATER, "another moat is busy with %s", a->options.name);
  hint("Nothing was changed. Try again later, or with a longer --timeout.");
  return CLI_LATER;
}

/* The lock is polled, because a wait in the kernel could not be ended in time. Returns
 * MOAT_WANT_TIME if another moat has it to the end, or after a signal. */
static int wait_for_lock(account *a, uint32_t ms) {
  uint32_t started = moat_posix_platform.ticks_ms(&a->posix);
  for (;;) {
    int r = moat_posix_platform.lock(&a->posix);
    bool is_over = moat_posix_platform.ticks_ms(&a->posix) - started >= ms;
    if (r != MOAT_WANT_TIME || signal_caught || is_over) return r;
    (void)poll(NULL, 0, LOCK_POLL_MS);
  }
}

int account_lock(account *a) {
  int r = wait_for_lock(a, a->options.timeout_ms);
  if (r == MOAT_OK) return CLI_OK;
  if (r != MOAT_WANT_TIME) return account_state_failed(a, r);
  return signal_caught ? say_cancelled() : account_busy(a);
}

int account_write(account *a, const char *path, const char *p, size_t n, uint32_t ms) {
  bool was_held = a->posix.held;
  int r = wait_for_lock(a, ms);
  if (r == MOAT_WANT_TIME) return EBUSY;
  if (r != MOAT_OK) return a->posix.error ? a->posix.error : EIO;
  int error = file_write(path, p, n, true);
  if (!was_held) moat_posix_platform.unlock(&a->posix);
  return error;
}

bool account_has_person(const account *a) {
  const moat_record *r = moat_account_record(&a->moat);
  return a->config.unattended && r->sequence && r->how != MOAT_HOW_UNATTENDED;
}

void account_hint_person(const account *a) {
  hint("To get tokens without a person, erase that grant: moat logout %s", a->options.name);
}

/* The profile has been changed since. */
static int grant_of_person(const account *a) {
  say(CLI_PROFILE, "somebody has signed in for %s, which needs no sign-in now", a->options.name);
  account_hint_person(a);
  return CLI_PROFILE;
}

static int nobody_yet(const account *a) {
  say(CLI_SIGN_IN, "nobody has signed in for %s yet", a->options.name);
  hint("Run: moat login %s", a->options.name);
  return CLI_SIGN_IN;
}

int account_needs_person(const account *a) {
  if (!a->config.unattended) return CLI_OK;
  say(CLI_MISUSE, "%s needs no sign-in: its grant is %s", a->options.name,
      a->profile.value[KEY_GRANT]);
  hint("This gets a token: moat token %s", a->options.name);
  return CLI_MISUSE;
}

int account_needs_url(const account *a, int key) {
  if (*a->profile.value[key]) return CLI_OK;
  say(CLI_PROFILE, "the profile %s has no %s", a->options.name, profile_key(key));
  hint("If the provider has one: moat set %s %s=URL", a->options.name, profile_key(key));
  return CLI_PROFILE;
}

int account_load_failed(account *a, int result) {
  const char *name = a->options.name;
  switch (result) {
  case MOAT_E_EMPTY: return nobody_yet(a);
  case MOAT_E_FOREIGN:
    if (a->config.unattended) return grant_of_person(a);
    if (moat_account_record(&a->moat)->how == MOAT_HOW_UNATTENDED) return nobody_yet(a);
    say(CLI_PROFILE, "the grant stored for %s belongs to another client or token URL", name);
    hint("It goes nowhere else. Correct the profile, or sign in again: moat login %s", name);
    return CLI_PROFILE;
  default: return account_state_failed(a, result);
  }
}

/* The stored tokens are hidden at once, because a server may repeat them in any answer. */
int account_read(account *a) {
  /* The errno of an earlier failure must not explain this one. */
  a->posix.error = 0;
  int r = moat_account_load(&a->moat);
  hide_record(moat_account_record(&a->moat));
  return r;
}

int account_load(account *a) {
  int r = account_read(a);
  return r < 0 ? account_load_failed(a, r) : CLI_OK;
}

/* A server may repeat its tokens in other members of the answer, such as the scope. */
void account_hide_tokens(account *a) {
  hide_record(moat_account_record(&a->moat));
  hide_secret(moat_account_access(&a->moat));
  hide_secret(moat_account_id_token(&a->moat));
}
