/* rclone's configuration. A remote is a section, and its token is a JSON object in one line. Only
 * the token and the secret are Moat's to change: rclone makes the section, with all else in it. */
#include "../terminal/term.h"
#include "formats.h"

#include <string.h>

enum { SECTION_SIZE = 256, TOKEN_SIZE = 65536 };

static char section[SECTION_SIZE];
static char token[TOKEN_SIZE];
static char old[TOKEN_SIZE]; /* the refresh token in it */
static document inner = {.p = token, .size = sizeof token};

void format_wipe(void) {
  moat_wipe(token, sizeof token);
  moat_wipe(old, sizeof old);
}

/* ---- The section ---- */

static bool has_client(document *d, const exported *e) {
  char id[VALUE_SIZE];
  size_t n;
  int r = language_ini.get(d, "client_id", id, sizeof id, &n);
  return r > 0 && moat_span_equal(e->client_id, (moat_span){id, n});
}

/* The name is copied, because the document moves when it is changed. */
static bool keep_name(document *d, size_t at) {
  if (d->section.n > sizeof section) return document_wrong(d, at, "a section's name is too long");
  memcpy(section, d->section.p, d->section.n);
  return true;
}

/* A refresh token belongs to one client. If several sections have that client, the one with the
 * profile's name is meant. */
static bool choose_section(document *d, const exported *e) {
  int count = 0;
  size_t n = 0, at = 0;
  bool is_named = false;
  while (ini_next(d, &at, &d->section)) {
    bool is_here = has_client(d, e);
    if (d->wrong) return false;
    if (!is_here || is_named) continue;
    count++;
    is_named = moat_span_equal(d->section, moat_str(e->name));
    if (!keep_name(d, at)) return false;
    n = d->section.n;
  }
  d->section = (moat_span){section, n};
  if (d->wrong) return false;
  if (!count) return document_wrong(d, 0, "no section has the client_id of the profile");
  return is_named || count == 1
             ? true
             : document_wrong(d, 0, "several sections have the client_id of the profile");
}

/* ---- The token ---- */

/* Copies the object out of its section. A new one has what rclone expects besides. */
static bool take_token(document *d) {
  static const char empty[] = "{\"access_token\":\"\",\"token_type\":\"Bearer\"}";
  inner.wrong = NULL;
  int r = language_ini.get(d, "token", token, sizeof token, &inner.n);
  if (r < 0) return false;
  if (r > 0 && inner.n) return true;
  memcpy(token, empty, sizeof empty - 1);
  inner.n = sizeof empty - 1;
  return true;
}

static int get(document *d, const exported *e, char *out, size_t size, size_t *n) {
  if (!choose_section(d, e) || !take_token(d)) return -1;
  int r = language_json.get(&inner, "refresh_token", out, size, n);
  if (r < 0) (void)document_wrong(d, 0, inner.wrong);
  return r;
}

static bool set(const char *key, moat_span value) {
  return language_json.set(&inner, key, NULL, value);
}

/* rclone refuses a token without an access token. One that has ended makes it refresh. */
static bool set_token(const exported *e) {
  char until[TIME_SIZE];
  bool is_fresh = e->access_token.n && time_stamp(e->expires, until);
  return set("access_token", is_fresh ? e->access_token : moat_str("ended")) &&
         set("refresh_token", e->refresh_token) &&
         set("expiry", moat_str(is_fresh ? until : "2000-01-01T00:00:00Z"));
}

/* A token that is there already stays with what rclone has got by it since. */
static bool is_there(const exported *e) {
  size_t n;
  if (e->access_token.n) return false;
  return language_json.get(&inner, "refresh_token", old, sizeof old, &n) > 0 &&
         moat_span_equal(e->refresh_token, (moat_span){old, n});
}

static bool put(document *d, const exported *e) {
  if (!choose_section(d, e) || !take_token(d)) return false;
  if (!is_there(e) && !set_token(e)) return document_wrong(d, 0, inner.wrong);
  if (!language_ini.set(d, "token", NULL, (moat_span){token, inner.n})) return false;
  return !e->client_secret.n || language_ini.set(d, "client_secret", NULL, e->client_secret);
}

const export_format format_rclone = {.name = "rclone",
                                     .needs_refresh_token = true,
                                     .is_utf8 = true,
                                     .is_partial = true,
                                     .put = put,
                                     .get = get};
