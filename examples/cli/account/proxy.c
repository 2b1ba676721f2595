/* The profile's proxy comes first, and then $no_proxy counts for nothing: it belongs to the proxy
 * of the environment. The profile's credentials are for the profile's proxy, and go to no other.
 * Nothing here prints the value of a variable, which may have a password in it. */
#include "proxy.h"

#include "../files.h"
#include "../profile/proxy_url.h"
#include "../profile/secret.h"
#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "environment.h"
#include "no_proxy.h"

#include <string.h>

/* The request has the credentials in base64, and the server's name twice. */
static char credentials[SECRET_SIZE + 3], buffer[2 * SECRET_SIZE];
static size_t written; /* bytes of the credentials' buffer */
static proxy_url place;

/* The library wipes the other buffer. */
void proxy_wipe(void) {
  moat_wipe(credentials, written);
}

bool proxy_is_used(const proxy *p) {
  return p->source && !p->is_bypassed;
}

/* ---- Credentials ---- */

/* RFC 7617 2: the user has no colon, and neither part a control character. */
static bool take_credentials(proxy *p, size_t n, const char *from) {
  const char *colon = memchr(credentials, ':', n);
  for (size_t i = 0; i < n; i++)
    if ((unsigned char)credentials[i] < ' ' || credentials[i] == 0x7f) return false;
  if (!colon || n > SECRET_SIZE) return false;
  size_t user = (size_t)(colon - credentials);
  hide_client((moat_span){credentials, user}, (moat_span){colon + 1, n - user - 1});
  p->stream.credentials = (moat_span){credentials, n};
  p->login = from;
  return true;
}

/* For a file that was mounted, its owner decides who may read it, as for a secret. */
int proxy_read_credentials(proxy *p, const char *file) {
  const char *path = secret_path(file);
  size_t n = 0;
  int error = file_read(path, FILE_ANY, credentials, sizeof credentials, &n);
  written = sizeof credentials;
  if (n && credentials[n - 1] == '\n') n--;
  if (n && credentials[n - 1] == '\r') n--;
  if (!error && take_credentials(p, n, path)) return CLI_OK;
  if (error)
    say(CLI_PROFILE, "cannot take the credentials for the proxy from %s: %s", path,
        file_error(error));
  else
    say(CLI_PROFILE, "there is no user:password in one line in %s", path);
  hint("A file with user:password for the proxy is needed there, or another one: "
       "moat set NAME proxy_credentials=FILE, or --proxy-credentials FILE");
  return CLI_PROFILE;
}

static int hex(char c) {
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  const char *at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) % 16 : -1;
}

/* A user without a password gets an empty one. */
static bool decode_credentials(proxy *p, moat_span user) {
  size_t n = 0;
  written = sizeof credentials;
  for (size_t i = 0; i < user.n && n < SECRET_SIZE; i++) {
    bool escaped = user.p[i] == '%';
    int high = escaped && i + 2 < user.n ? hex(user.p[i + 1]) : -1;
    int low = high >= 0 ? hex(user.p[i + 2]) : -1;
    if (escaped && low < 0) return false;
    credentials[n++] = user.p[i];
    if (!escaped) continue;
    credentials[n - 1] = (char)(high << 4 | low);
    i += 2;
  }
  if (!memchr(user.p, ':', user.n)) credentials[n++] = ':';
  return take_credentials(p, n, p->source);
}

/* ---- The proxy ---- */

/* $http_proxy is for http, which Moat does not speak. */
static const char *find_variable(const char **name) {
  static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  const char *value = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !value; i++) {
    *name = names[i];
    value = environment(names[i]);
  }
  return value;
}

/* The library asks this before each connection. The answer is kept for the report of a failure. */
static bool is_exception(void *ctx, const char *host, uint16_t port) {
  proxy *p = ctx;
  p->is_bypassed = p->except && no_proxy_has(p->except, host, port);
  return p->is_bypassed;
}

/* The mistake is one of the environment, but the profile can set it right. */
static int unusable(const char *name, const char *wrong) {
  say(CLI_PROFILE, "the proxy that %s names cannot be used: it %s", name, wrong);
  hint("Correct the variable, or name a proxy: moat set NAME proxy=http://HOST:PORT, or --proxy. "
       "The value none goes without.");
  return CLI_PROFILE;
}

/* check_value() has accepted the profile's URL already. */
static int take_proxy(proxy *p, const char *url, const char *file) {
  const char *wrong = proxy_url_read(url, &place);
  if (wrong) return unusable(p->source, wrong);
  p->stream.host = place.host;
  p->stream.port = place.port;
  if (*file) return proxy_read_credentials(p, file);
  if (place.user.n && !decode_credentials(p, place.user))
    return unusable(p->source, "has a user or password that is not well encoded");
  return CLI_OK;
}

int proxy_find(proxy *p, const profile *of, moat_posix_net *net) {
  const char *url = of->value[KEY_PROXY], *name = "--proxy or the profile";
  *p = (proxy){.stream = {.lower = &moat_posix_stream,
                          .lower_io = net,
                          .buffer = buffer,
                          .size = sizeof buffer,
                          .bypass = is_exception,
                          .bypass_ctx = p}};
  if (strcmp(url, "none") == 0) return CLI_OK;
  if (!*url) {
    url = find_variable(&name);
    p->except = environment("no_proxy");
    if (!p->except) p->except = environment("NO_PROXY");
  }
  if (!url) return CLI_OK;
  p->source = name;
  return take_proxy(p, url, *of->value[KEY_PROXY] ? of->value[KEY_PROXY_CREDENTIALS] : "");
}
