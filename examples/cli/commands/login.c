/* The whole sign-in in one command: the URL, the browser, the wait, the grant. */
#include "commands.h"

#include "../signin/await_redirect.h"
#include "../signin/browser.h"
#include "../signin/challenge.h"
#include "../signin/device.h"
#include "../signin/signin.h"
#include "../signin/who.h"
#include "../terminal/term.h"

#include <string.h>

static const moat_authorization *p;
static char uri[VALUE_SIZE], url[SIGNIN_URL_SIZE + 1];

/* A redirect to another machine, or to a port that is taken, has to be pasted. */
static bool listen_for_it(account *a, const char *given) {
  uint16_t port = 0;
  if (a->options.paste || !await_is_loopback(a, given, &port)) return false;
  int error = await_listen(given, port, uri);
  if (!error) return true;
  say(CLI_OK, "cannot listen at %s: %s", given, strerror(error));
  hint("So the address that the browser ends at has to be pasted here.");
  return false;
}

static void show_way(int opened, bool listening) {
  if (opened == BROWSER_NONE) hint("Open this address in a browser, and sign in.");
  if (opened == BROWSER_OPENED) hint("A browser was opened at this address. Sign in there.");
  if (opened == BROWSER_STARTED) {
    hint("A browser is being opened at this address. Sign in there.");
    hint("If none comes up, open the address in one yourself.");
  }
  if (listening) {
    hint("Waiting for the browser at %s,", uri);
    hint("or for what it shows in its address bar, pasted here.");
  } else {
    hint("It ends at %s, which need not load.", uri);
    hint("Paste the whole address here, then press Enter:");
  }
}

static int open_browser(const account *a) {
  bool wanted = a->options.browser || (browser_is_there() && !a->options.paste);
  int opened = wanted ? browser_open(url) : BROWSER_NONE;
  if (wanted && opened == BROWSER_NONE) say(CLI_OK, "no browser could be opened");
  return opened;
}

/* Only the URL goes to stdout, so it can be piped to another program. */
static int sign_in(account *a) {
  const char *given = a->profile.value[KEY_REDIRECT_URI];
  memcpy(uri, given, strlen(given) + 1);
  bool listening = listen_for_it(a, given);
  int status = signin_begin(a, uri, url);
  if (!status) status = signin_pending(a, &p);
  if (status) return status;
  size_t n = strlen(url);
  url[n] = '\n';
  status = print_bytes(url, n + 1);
  if (status) return status;
  url[n] = '\0';
  await_begin();
  show_way(open_browser(a), listening);
  hint("Ctrl-C gives up; so does Moat after %u s.", (unsigned)a->options.wait_s);
  return await_code(a, p, a->options.wait_s);
}

static int check_way(const account *a) {
  const options *o = &a->options;
  if (o->browser + o->paste + o->device > 1)
    return options_misuse(o, "--browser, --paste and --device exclude each other");
  if (o->device && who_selects(a))
    return options_misuse(o, "with --device nobody can be shown a choice: --account takes a name");
  if (!o->device || a->profile.value[KEY_DEVICE_URL][0]) return CLI_OK;
  say(CLI_PROFILE, "the profile %s has no device_url", o->name);
  hint("If the provider has the device flow, say where: moat login %s --device --device-url URL",
       o->name);
  return CLI_PROFILE;
}

/* A person at a display, or with $BROWSER, has a browser there. Anybody else uses one on another
 * device. */
static bool by_device(const account *a) {
  const options *o = &a->options;
  bool by_code = o->browser || o->paste || browser_is_there() || who_selects(a);
  return o->device || (!by_code && device_offered(a));
}

/* The secret and the roots are read first, so that a mistake shows before somebody signs in. */
static int by_code(account *a) {
  int status = account_prepare(a, MOAT_HOW_CODE);
  if (!status) status = sign_in(a);
  return status ? status : signin_show(a, signin_asked());
}

/* A store that cannot take the new grant is found before somebody signs in. A damaged grant, or one
 * of another client, is no obstacle: it will be replaced. */
static int check_store(account *a) {
  a->posix.error = 0;
  int r = moat_account_load(&a->moat);
  bool replaceable =
      r == MOAT_E_EMPTY || r == MOAT_E_FOREIGN || (r == MOAT_E_STORE && !a->posix.error);
  return r < 0 && !replaceable ? account_state_failed(a, r) : CLI_OK;
}

int cmd_login(account *a) {
  int status = account_open(a);
  if (!status) status = account_needs_person(a);
  if (!status) status = check_way(a);
  if (!status) status = check_store(a);
  if (!status) status = challenge_ask(a);
  /* A code that is pending was asked for without the challenge. */
  if (!status && a->options.challenge) signin_forget(a);
  if (!status) status = by_device(a) ? device_sign_in(a) : by_code(a);
  await_end();
  return status;
}
