/* The browser gets its page last, so that the page can say how the sign-in ended. Until then other
 * visitors get an answer that fits their request, and change nothing. */
#include "await_redirect.h"

#include "../report/report.h"
#include "../signals.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "judge_paste.h"
#include "write_page.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HTTP_PORT = 80, TICK_MS = 1000, GOODBYE_MS = 2000 };

static moat_posix_listener listener;
static paste text;
static char path_memory[VALUE_SIZE + 2];
static moat_span path;

static struct {
  account *account;
  const moat_authorization *pending; /* until its code is out */
  /* A copy: the library wipes the state with the code, but late visitors are judged by it, too. */
  char state[sizeof((moat_authorization_keys *)0)->state];
  moat_redirect redirect;
  int visitor; /* who brought the redirect, or -1: it was pasted */
  bool done;   /* a code or an error is there */
  int status;
  uint32_t start; /* of the wait, in ticks */
} now;

/* ---- The redirect URI ---- */

/* The library splits only https URLs, so the URI is made one. The port is looked for here, because
 * the default port of http is another one. */
static bool split(const char *uri, moat_endpoint *e, bool *has_port) {
  static char https[VALUE_SIZE + 1];
  if (strncmp(uri, "http://", 7) != 0) return false;
  memcpy(https, "https", 5);
  memcpy(https + 5, uri + 4, strlen(uri + 4) + 1);
  size_t authority = strcspn(uri + 7, "/?");
  const char *end = uri + 7 + authority;
  while (end > uri + 7 && end[-1] >= '0' && end[-1] <= '9')
    end--;
  *has_port = end[-1] == ':' && end[0] >= '0' && end[0] <= '9';
  return moat_url_split(https, strlen(https), path_memory, sizeof path_memory, e) == MOAT_OK;
}

/* If the provider ignores the port of http://localhost, any free port is good (RFC 8252 7.3). Other
 * providers compare it. */
bool await_is_loopback(const account *a, const char *redirect_uri, uint16_t *port) {
  moat_endpoint e;
  bool has_port = false;
  if (!split(redirect_uri, &e, &has_port)) return false;
  bool any =
      !has_port && strcmp(e.host, "localhost") == 0 && profile_provider(&a->profile)->ignores_port;
  *port = any ? 0 : has_port ? e.port : HTTP_PORT;
  path = (moat_span){e.path, strcspn(e.path, "?")};
  return true;
}

/* The port comes after the host, before the path. */
static void add_port(const char *given, uint16_t port, char uri[VALUE_SIZE]) {
  size_t at = 7 + strcspn(given + 7, "/?");
  char digits[8] = "";
  size_t n = sizeof digits - 1;
  for (; port; port /= 10)
    digits[--n] = (char)('0' + port % 10);
  digits[--n] = ':';
  size_t length = sizeof digits - 1 - n;
  memcpy(uri, given, at);
  memcpy(uri + at, digits + n, length);
  memcpy(uri + at + length, given + at, strlen(given + at) + 1);
}

int await_listen(const char *given, uint16_t port, char uri[VALUE_SIZE]) {
  if (strlen(given) + 7 > VALUE_SIZE) return ENAMETOOLONG;
  if (moat_posix_listen(&listener, port) < 0) return listener.error;
  if (port == 0)
    add_port(given, listener.port, uri);
  else
    memcpy(uri, given, strlen(given) + 1);
  return 0;
}

/* ---- Visitors ---- */

static void answer(int visitor, int status, const char *title, const char *lines,
                   const char *foot) {
  static char response[PAGE_SIZE];
  size_t n = write_page(response, status, title, lines, foot);
  /* A HEAD is refused like any other, but its answer has no body. */
  if (memcmp(listener.buffer[visitor], "HEAD ", 5) == 0)
    n = (size_t)(strstr(response, "\r\n\r\n") + 4 - response);
  moat_posix_listen_answer(&listener, visitor, response, n);
}

/* These pages name no profile: anybody on this machine can ask for them. */
static void turn_away(int visitor, int status) {
  if (status == 404)
    answer(visitor, status, "There is nothing here",
           "This address is for the end of a sign-in only.", "");
  else if (status == 400)
    answer(visitor, status, "This is not the sign-in that is under way",
           "Its address does not belong to the sign-in that Moat waits for, so it was not used.\n"
           "Go back to the terminal and open the address that is shown there.",
           "");
  else
    answer(visitor, status, "This is not what a browser sends at the end of a sign-in",
           "It was not used. The sign-in can go on.", "");
}

/* The views in now.redirect stay valid, because a visitor keeps the buffer until it is answered. */
static int request(void *ctx, int visitor, char *p, size_t n) {
  (void)ctx;
  moat_redirect redirect;
  moat_expect expect = signin_expect(now.account, now.state);
  int r = moat_redirect_request(p, n, path, listener.port, &expect, &redirect);
  if (r == MOAT_WANT_READ) return r;
  bool counts = r == MOAT_OK || redirect.error.n;
  if (now.done && counts) {
    answer(visitor, 409, "This sign-in is over", "It needs no second answer. Close this window.",
           "");
  } else if (counts) {
    now.redirect = redirect;
    now.visitor = visitor;
    now.done = true;
  } else {
    turn_away(visitor, r);
  }
  return 0;
}

/* ---- The wait ---- */

static uint32_t ticks(void) {
  return moat_posix_platform.ticks_ms(NULL);
}

/* The library keeps the authorization, so the redirect may still come to `moat exchange`. */
static void hint_at_exchange(const account *a) {
  uint32_t spent = (ticks() - now.start) / 1000;
  const char *name = a->options.name;
  if (spent < MOAT_PENDING_SECONDS)
    hint("The sign-in can still be finished, for another %lu s: moat exchange %s",
         (unsigned long)(MOAT_PENDING_SECONDS - spent), name);
  hint("%s anew: moat login %s", spent < MOAT_PENDING_SECONDS ? "Or begin" : "Begin", name);
}

/* judge_paste() says what is wrong with a paste. A person can then paste again. A pipe has one try,
 * because it may have no end, but the browser may still come. */
static void take_paste(bool *reading) {
  int r = paste_read(&text);
  if (r == PASTE_MORE) return;
  *reading = false;
  if (r < 0 || r == PASTE_END) return;
  bool again = false;
  now.status = judge_paste(now.account, now.pending, &text, &now.redirect, &again);
  now.done = !now.status || !again || (!text.raw && !listener.port);
  if (now.done && now.status && again) hint_at_exchange(now.account);
  if (now.done) return;
  *reading = text.raw;
  paste_again(&text);
  if (!text.raw)
    hint("Go on in the browser. Nothing more is read from standard input.");
  else
    hint("Paste the right one%s:", listener.port ? ", or go on in the browser" : "");
}

/* Waits at most a second for a visitor or a paste, and deals with it. Returns 0 or an errno. */
static int look(bool *reading) {
  struct pollfd fds[MOAT_POSIX_LISTEN_FDS + 1];
  int n = moat_posix_listen_fds(&listener, fds), input = n;
  bool may_read = *reading && paste_may_read(&text);
  if (may_read) fds[n++] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
  int r = poll(fds, (nfds_t)n, TICK_MS);
  if (r < 0) return errno == EINTR ? 0 : errno;
  if (may_read && fds[input].revents) take_paste(reading);
  if (!now.done) moat_posix_listen_step(&listener);
  return 0;
}

static int ended(const account *a, const char *what) {
  say(CLI_SIGN_IN, "%s", what);
  hint_at_exchange(a);
  return CLI_SIGN_IN;
}

/* After a sign-in was given up, nobody can finish it. */
static int give_up(account *a) {
  moat_posix_listen_drop_idle(&listener); /* its files need descriptors */
  signin_forget(a);
  say(CLI_FAILED, "cancelled");
  hint("Nothing was sent, and nothing was changed. Begin anew: moat login %s", a->options.name);
  return CLI_FAILED;
}

static int wait_for_it(account *a, uint32_t seconds) {
  bool reading = true;
  now.start = ticks();
  while (!now.done) {
    if (signal_caught) return give_up(a);
    if (ticks() - now.start >= seconds * 1000)
      return ended(a, "nobody came back from the sign-in in time");
    if (!reading && !listener.port) return ended(a, "standard input ended without an address");
    int error = look(&reading);
    if (error) return say(CLI_FAILED, "cannot wait for the sign-in: %s", strerror(error));
  }
  if (now.visitor < 0) return now.status;
  return now.redirect.error.n ? report_redirect(a, &now.redirect) : CLI_OK;
}

/* The server says what was granted. If it does not, all that was asked for was granted. */
static const char *good_news(account *a) {
  static char scope[VALUE_SIZE], lines[VALUE_SIZE + NAME_SIZE + 96];
  moat_span granted = moat_account_record(&a->moat)->scope;
  account_hide_tokens(a);
  (void)term_clean(granted.n ? granted : moat_str(signin_asked()), scope, sizeof scope);
  (void)snprintf(lines, sizeof lines,
                 "Return to the terminal. You can close this window.\nProfile: %s\n%s%s",
                 a->options.name, *scope ? "Scope: " : "", scope);
  return lines;
}

/* Goes on until the browser has its page, but only for a short while, because it may have gone. */
static void say_goodbye(account *a, int status) {
  char foot[NAME_SIZE + 48];
  (void)snprintf(foot, sizeof foot, ", for the profile %s. Return to the terminal.",
                 a->options.name);
  if (now.visitor >= 0 && !status) answer(now.visitor, 200, "You are signed in", good_news(a), "");
  if (now.visitor >= 0 && status)
    answer(now.visitor, now.redirect.error.n ? 400 : 502, "The sign-in failed", term_said(), foot);
  uint32_t start = ticks();
  do
    moat_posix_listen_step(&listener);
  while (moat_posix_listen_busy(&listener) && ticks() - start < GOODBYE_MS && !signal_caught &&
         poll(NULL, 0, 10) == 0);
  moat_posix_listen_close(&listener);
}

int await_code(account *a, const moat_authorization *p, uint32_t seconds) {
  now.account = a;
  now.pending = p;
  (void)snprintf(now.state, sizeof now.state, "%s", p->state);
  now.visitor = -1;
  hide_secret(moat_str(p->state));
  listener.request = request;
  int status = wait_for_it(a, seconds);
  moat_posix_listen_drop_idle(&listener); /* to redeem the code needs descriptors */
  if (!status) status = signin_redeem(a, now.redirect.code);
  say_goodbye(a, status);
  return status;
}

void await_begin(void) {
  paste_begin(&text);
}

void await_end(void) {
  moat_posix_listen_close(&listener);
  paste_end(&text);
}
