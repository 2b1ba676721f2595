/* A registration is written before the profile, and it is removed after the client is deleted. So a
 * client that Moat has made is known here for as long as it exists. */
#include "registration.h"

#include "../files.h"
#include "../terminal/term.h"
#include "read_pairs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 32768 };

static char text[TEXT_SIZE];

void registration_wipe(void) {
  moat_wipe(text, sizeof text);
}

/* The values of a connection, which a removal needs before there is a profile. */
static const int connection[] = {KEY_CA, KEY_PROXY, KEY_PROXY_CREDENTIALS};

/* In the order of the struct. */
static const char *const names[] = {"client_id", "client_uri", "access_token", "client_secret"};

static const char *path_of(const paths *p) {
  static char path[PATH_SIZE + 16];
  (void)snprintf(path, sizeof path, "%s/registration", p->state);
  return path;
}

bool registration_exists(const paths *p) {
  return !file_is_missing(path_of(p));
}

static int failed(const char *verb, const paths *p, int error) {
  say(CLI_FAILED, "cannot %s %s: %s", verb, path_of(p), file_error(error));
  return CLI_FAILED;
}

static int not_written(const paths *p, int error) {
  int status = failed("write", p, error);
  hint("See to the folder and its disk.");
  return status;
}

/* A client that cannot be written down could not be deleted either. So a full disk is found before
 * there is one. The next moat removes a file of this name if this one was killed. */
int registration_check_room(const paths *p) {
  char path[PATH_SIZE + 32];
  (void)snprintf(path, sizeof path, "%s/temp.registration", p->state);
  memset(text, '\n', sizeof text);
  int error = file_make(path, text, sizeof text);
  if (!error) error = file_erase(path);
  return error ? not_written(p, error) : CLI_OK;
}

/* Returns the length of the text, or a number past its size. */
static size_t put(size_t n, const char *name, moat_span value) {
  if (!value.n || n >= sizeof text) return n;
  int more = snprintf(text + n, sizeof text - n, "%s = %.*s\n", name, (int)value.n, value.p);
  return more < 0 ? sizeof text : n + (size_t)more;
}

int registration_write(const paths *p, const registration *r, const profile *of) {
  const moat_span *values = &r->client_id;
  size_t n = 0;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    n = put(n, names[i], values[i]);
  for (size_t i = 0; i < sizeof connection / sizeof *connection; i++)
    n = put(n, profile_key(connection[i]), moat_str(of->value[connection[i]]));
  int error = n < sizeof text ? file_write(path_of(p), text, n, true) : EOVERFLOW;
  registration_wipe();
  return error ? not_written(p, error) : CLI_OK;
}

/* The profile counts: its roots may be others by now. Unknown names are of a later
 * version. */
static void take(registration *r, profile *of, const pair_reader *l) {
  moat_span *values = &r->client_id;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(l->key, names[i]) == 0) values[i] = moat_str(l->value);
  for (size_t i = 0; i < sizeof connection / sizeof *connection; i++) {
    char *value = of->value[connection[i]];
    if (strcmp(l->key, profile_key(connection[i])) == 0 && !*value)
      (void)snprintf(value, VALUE_SIZE, "%s", l->value);
  }
}

int registration_read(const paths *p, registration *r, profile *of) {
  size_t n = 0;
  *r = (registration){.client_id = {NULL, 0}};
  int error = file_read(path_of(p), FILE_PRIVATE, text, sizeof text, &n);
  if (error) {
    int status = failed("read", p, error);
    hint("It says how the client is deleted at the provider.");
    return status;
  }
  pair_reader l = {.next = text};
  while (read_pair(&l) > 0)
    take(r, of, &l);
  return CLI_OK;
}

/* It is never the first line. */
int registration_settle(const paths *p) {
  size_t n = 0;
  if (!registration_exists(p)) return CLI_OK;
  int error = file_read(path_of(p), FILE_PRIVATE, text, sizeof text, &n);
  char *line = error ? NULL : strstr(text, "\nclient_secret = ");
  char *end = line ? strchr(line + 1, '\n') : NULL;
  if (end) {
    memmove(line, end, strlen(end) + 1);
    error = file_write(path_of(p), text, strlen(text), true);
  }
  registration_wipe();
  return error ? not_written(p, error) : CLI_OK;
}

/* The grant would be another client's as well, but that is the lesser harm. */
int registration_keep(const paths *p, const profile *is, const char *name) {
  static profile unused;
  registration r;
  if (!registration_exists(p)) return CLI_OK;
  int status = registration_read(p, &r, &unused);
  bool same = !status && moat_span_equal(r.client_id, moat_str(is->value[KEY_CLIENT_ID]));
  registration_wipe();
  if (status || same) return status;
  say(CLI_MISUSE, "Moat has registered the client of %s, and no other can take its place", name);
  hint("It would be left over at the provider. To delete it there first: moat remove %s", name);
  return CLI_MISUSE;
}
