/* Events have integers only. What else a line says comes from the profile, from the connection, and
 * from the library's account of the last answer. */
#include "log_exchange.h"

#include "../files.h"
#include "../log/log.h"
#include "../terminal/term.h"
#include "environment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FACTS_SIZE = 80, RESULT_SIZE = 256, HTTPS = 443 };

int log_begin(const account *a) {
  const options *o = &a->options;
  const char *path = environment("MOAT_LOG");
  log_show(o->very_verbose ? LOG_FULL : o->verbose ? LOG_BRIEF : LOG_NOTHING);
  log_about(o->command->name, o->name);
  int error = path ? log_open(path) : 0;
  if (!error) return CLI_OK;
  say(CLI_FAILED, "cannot append to the log %s: %s", path,
      error == ELOOP ? "it is a link" : file_error(error));
  hint("MOAT_LOG names it. It has to be a file of this user's alone, or a new one in a folder that "
       "is there.");
  return CLI_FAILED;
}

/* ---- One exchange ---- */

static struct {
  bool connects, connected, answered;
  bool resumed;
  const char *version; /* of TLS */
  int32_t size;        /* of the answer's body */
} now;

/* " (312 bytes, TLS 1.3, resumed)", or nothing if there was no connection. */
static const char *facts(char out[FACTS_SIZE]) {
  char size[32] = "";
  out[0] = '\0';
  if (now.answered)
    (void)snprintf(size, sizeof size, "%d byte%s, ", (int)now.size, now.size == 1 ? "" : "s");
  if (now.connected && now.connects && now.version)
    (void)snprintf(out, FACTS_SIZE, " (%sTLS %s%s)", size, now.version,
                   now.resumed ? ", resumed" : "");
  else if (now.connected)
    (void)snprintf(out, FACTS_SIZE, " (%ssame connection)", size);
  return out;
}

/* The status, and the server's word for an error or else the library's. */
static const char *result(const moat_error_info *e, char out[RESULT_SIZE]) {
  int code = e->code;
  char word[RESULT_SIZE / 2] = "", status[16] = "";
  if (e->status) (void)snprintf(status, sizeof status, "%d", e->status);
  if (code) term_clean(e->error, word, sizeof word);
  const char *why = !code || *word || code == MOAT_E_STATUS ? word : moat_error_text(code);
  (void)snprintf(out, RESULT_SIZE, "%s%s%s", status,
                 !*status || !*why ? ""
                 : *word           ? " "
                                   : ", but ",
                 why);
  return out;
}

/* A query may hold a key. */
static void show_exchange(const account *a, int level, const moat_error_info *e) {
  char port[8] = "", text[RESULT_SIZE], connection[FACTS_SIZE];
  const moat_endpoint *to = a->server;
  bool v6 = strchr(to->host, ':') != NULL;
  if (to->port != HTTPS) (void)snprintf(port, sizeof port, ":%u", to->port);
  bool gets = e->asked == MOAT_ASKED_DISCOVERY || e->asked == MOAT_ASKED_USERINFO;
  bool deletes = e->asked == MOAT_ASKED_REGISTRATION && a->options.command->bit == CMD_REMOVE;
  const char *method = gets ? "GET" : deletes ? "DELETE" : "POST";
  log_line(level, "%s %s%s%s%s%.*s %s %s%s", method, v6 ? "[" : "", to->host, v6 ? "]" : "", port,
           (int)strcspn(to->path, "?"), to->path, log_arrow(), result(e, text), facts(connection));
}

/* ---- What it means ---- */

/* As the library's verdict has it; the command adds what to type. */
static const char *need_text(uint8_t need) {
  switch (need) {
  case MOAT_NEED_SIGN_IN: return "somebody has to sign in";
  case MOAT_NEED_WAIT: return "it may pass by itself";
  case MOAT_NEED_CLOCK: return "the clock has to be set";
  case MOAT_NEED_PROFILE: return "the profile or the registration has to be corrected";
  case MOAT_NEED_PENDING: return "nobody has signed in yet";
  case MOAT_NEED_SLOW_DOWN: return "the server wants to be asked less often";
  default: return "this machine needs work";
  }
}

static void show_verdict(int level, const moat_verdict *v) {
  char wait[48] = "";
  const char *cause = moat_cause_text(v->cause);
  if (v->seconds) (void)snprintf(wait, sizeof wait, ", in %lu s", (unsigned long)v->seconds);
  log_line(level, "verdict: %s%s%s%s%s", need_text(v->need), wait, cause ? ". " : "",
           cause ? cause : "", v->dead ? " The grant has ended." : "");
}

/* ---- Events ---- */

/* The last answer was that nobody has signed in yet. A server may end the connection between any
 * two polls. */
static bool polls;

/* Called before a request goes out. After a failure the connection may be closed already. */
static void look_at_connection(const account *a) {
  moat_tls_facts facts_of;
  moat_tls_look(&a->tls, &facts_of);
  now.connected = true;
  now.version = facts_of.version;
  now.resumed = facts_of.resumed;
}

/* The account and the client share the connection. The one that is open has the exchange. */
static const moat_error_info *error_of(const account *a) {
  return a->has_client ? moat_error(&a->client) : moat_account_error(&a->moat);
}

static void end(const account *a, int code) {
  moat_error_info e = *error_of(a);
  e.code = code;
  moat_verdict v = moat_judge(&e);
  polls = code && v.need == MOAT_NEED_PENDING;
  int level = polls ? LOG_POLL : LOG_BRIEF;
  show_exchange(a, level, &e);
  if (code)
    show_verdict(level, &v);
  else
    log_line(level, "verdict: good");
  memset(&now, 0, sizeof now);
}

/* The library's account of an exchange that others follow is its only result. */
static void take_event(void *ctx, int event, int32_t value) {
  const account *a = ctx;
  switch (event) {
  case MOAT_EVENT_CONNECT:
    now.connects = true;
    log_line(LOG_FULL, "connecting to %s port %d", a->server->host, (int)value);
    break;
  case MOAT_EVENT_SEND: look_at_connection(a); break;
  case MOAT_EVENT_REPLY:
    now.answered = true;
    now.size = value;
    break;
  case MOAT_EVENT_RECONNECT:
    log_line(polls ? LOG_POLL : LOG_BRIEF, "the open connection is of no use any more: %s",
             moat_error_text(value));
    break;
  case MOAT_EVENT_AGAIN: end(a, error_of(a)->code); break;
  case MOAT_EVENT_CLOSE: end(a, value); break;
  default: break;
  }
}

void log_watch(account *a) {
  if (!log_has(LOG_BRIEF)) return;
  a->posix.event = take_event;
  a->posix.event_ctx = a;
}
