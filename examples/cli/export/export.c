/* An export: what is in the file, whose it is, and what becomes of it. */
#include "export.h"

#include "../terminal/hide.h"
#include "../terminal/term.h"
#include "formats.h"
#include "gather.h"
#include "places.h"
#include "target.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
  SHOWN = 4,
  SHOWN_LEAST = 40,
  MASK_SIZE = SHOWN + 8,
  TOKEN_SIZE = 16384,
  TOKEN_LEAST = 10,
  TRIES = 5,
  AGAIN = -1 /* a status: begin anew with what is there now */
};

static char text[262144];
static char token[TOKEN_SIZE]; /* the refresh token that is in the file */
static document doc = {.p = text, .size = sizeof text};
static target file;

/* After each export, whatever became of it. */
static int wipe(int status) {
  moat_wipe(text, sizeof text);
  moat_wipe(token, sizeof token);
  piece_wipe();
  target_wipe();
  format_wipe();
  return status;
}

/* There is no default format, because no format is the usual one. */
int export_check(const account *a, const char *format) {
  static const char names[] = "ballerina, env, json, onedrive or rclone";
  if (!format) return options_misuse(&a->options, "%s needs --format %s", "export", names);
  if (format_find(format)) return CLI_OK;
  return options_misuse(&a->options, "there is no format '%s'", format);
}

bool export_knows(const char *format) {
  return format_find(format) != NULL;
}

/* ---- A file ---- */

/* The folder is the usual reason. */
static int cannot(const char *verb, const char *path, int error) {
  say(CLI_FAILED, "cannot %s %s: %s", verb, path, target_error(error));
  if (error == TARGET_ODD)
    hint("To standard output it goes without -o.");
  else if (error == TARGET_LINK)
    hint("Give the path of the file itself.");
  else if (error == TARGET_BACKUP)
    hint("A write was interrupted. Look at both, keep the better one as FILE, remove the backup.");
  else
    hint(error == EOVERFLOW ? "It is left as it was."
                            : "Is its folder there, and may you write to it?");
  return CLI_FAILED;
}

/* A text that Moat does not understand is left alone. */
static int cannot_change(const export_format *f, const char *path) {
  say(CLI_PROFILE, "%s:%d: this cannot be read as %s: %s", path, document_line(&doc, doc.wrong_at),
      f->name, doc.wrong);
  hint(f->is_partial ? "The file was left as it is. Correct it, or set the other program up for it."
                     : "The file was left as it is. Correct it, or move it away: then a new one is "
                       "written.");
  return CLI_PROFILE;
}

/* A document is read anew for each try. */
static int read_target(const export_format *f, const char *path) {
  doc.wrong = NULL;
  doc.section = (moat_span){NULL, 0};
  int error = target_read(&file, path, &doc);
  if (error) return cannot(error == ENOENT ? "write" : "read", path, error);
  if (file.exists || !f->is_partial) return CLI_OK;
  say(CLI_PROFILE, "there is no %s, and %s has to make it first", path, f->name);
  hint("Set the other program up, then export again.");
  return CLI_PROFILE;
}

/* A person may have put words in the place of a token. */
static bool is_token(moat_span t) {
  for (size_t i = 0; i < t.n; i++)
    if (t.p[i] <= ' ' || t.p[i] > '~') return false;
  return t.n >= TOKEN_LEAST;
}

/* Whether the file's program has renewed the refresh token since Moat wrote it there. Another
 * sign-in since then is newer than what the file has. */
static bool is_renewed(const account *a, const export_format *f, const char *path,
                       moat_span found) {
  static export_place place;
  char print[PRINT_SIZE];
  const moat_record *r = moat_account_record(&a->moat);
  if (file.interrupted || !is_token(found) || moat_span_equal(found, r->refresh_token))
    return false;
  if (!places_find(path, &place) || place.signed_in != r->signed_in) return false;
  if (strcmp(place.format, f->name) != 0) return false;
  place_print(found, print);
  return strcmp(print, place.written) != 0 && strcmp(print, place.before) != 0;
}

/* `found` is what is in the file now. */
static int remember(const account *a, const export_format *f, const char *path, moat_span found) {
  static export_place place;
  const moat_record *r = moat_account_record(&a->moat);
  place.signed_in = r->signed_in;
  memcpy(place.format, f->name, strlen(f->name) + 1);
  if (strlen(path) >= sizeof place.path) return ENAMETOOLONG;
  memcpy(place.path, path, strlen(path) + 1);
  place_print(r->refresh_token, place.written);
  place_print(found, place.before);
  return places_remember(a, &place);
}

/* Whether the place is known as it is now, so that nothing has to be stored. */
static bool is_remembered(const account *a, const char *path) {
  static export_place place;
  char print[PRINT_SIZE];
  const moat_record *r = moat_account_record(&a->moat);
  place_print(r->refresh_token, print);
  return places_find(path, &place) && place.signed_in == r->signed_in &&
         strcmp(place.written, print) == 0;
}

/* The fingerprint is stored first. If the write fails after that, both tokens count as Moat's. */
static int write_target(const account *a, const export_format *f, const char *path, size_t found,
                        bool changed) {
  bool has_token = moat_account_record(&a->moat)->refresh_token.n > 0;
  int error = 0;
  if (has_token && (changed || !is_remembered(a, path)))
    error = remember(a, f, path, (moat_span){token, found});
  if (error) return cannot("remember the export to", path, error);
  if (changed) error = target_write(&file, &doc);
  return error == ESTALE ? AGAIN : error ? cannot("write", path, error) : CLI_OK;
}

/* A file that would not differ is not written, so that its date tells something. */
static int change(account *a, const export_format *f, const char *path, bool with_access,
                  size_t found, bool *changed) {
  char before[PRINT_SIZE], after[PRINT_SIZE];
  exported e;
  int status = gather(a, f, with_access, false, &e);
  if (status) return status;
  place_print((moat_span){doc.p, doc.n}, before);
  if (!f->put(&doc, &e)) return cannot_change(f, path);
  place_print((moat_span){doc.p, doc.n}, after);
  *changed = !file.exists || file.interrupted || strcmp(before, after) != 0;
  return write_target(a, f, path, found, *changed);
}

/* As much as is needed to find the grant's place in a file. */
static exported identity(const account *a) {
  return (exported){.name = a->options.name,
                    .client_id = moat_str(a->profile.value[KEY_CLIENT_ID])};
}

/* Reads the token in the file. Sets *n to 0 if there is none. The places are read as well: they
 * tell whether the token is one that Moat wrote. */
static int find_token(const account *a, const export_format *f, const char *path, size_t *n) {
  exported e = identity(a);
  int status = read_target(f, path), error = places_read(a);
  if (status || error) return status ? status : cannot("read what was exported to", path, error);
  int found = f->get(&doc, &e, token, sizeof token, n);
  if (found == 0) *n = 0;
  return found < 0 ? cannot_change(f, path) : CLI_OK;
}

/* Under the lock, so that no other moat gets a new token while the file gets this one. */
static int try_file(account *a, const export_format *f, const char *path, bool with_access,
                    bool *changed) {
  size_t n = 0;
  int status = account_lock(a);
  if (status) return status;
  status = account_load(a);
  if (!status) status = find_token(a, f, path, &n);
  if (!status && is_renewed(a, f, path, (moat_span){token, n}))
    status = cannot("write", path, ESTALE);
  else if (!status)
    status = change(a, f, path, with_access, n, changed);
  moat_posix_platform.unlock(&a->posix);
  return status;
}

/* The other program may write the file at the same time, and then it is read again. */
int export_file(account *a, const char *format, const char *path, bool with_access, bool *changed) {
  bool ignored;
  int status = export_check(a, format), tries = TRIES;
  while (!status && tries-- > 0) {
    status = try_file(a, format_find(format), path, with_access, changed ? changed : &ignored);
    if (status != AGAIN) return wipe(status);
    status = CLI_OK;
  }
  return wipe(status ? status : cannot("write", path, ESTALE));
}

/* ---- What the file's program has renewed ---- */

static export_place renewed;
static size_t renewed_n;

/* A file that cannot be read tells nothing, and a message about it would come with every token. */
static bool finds_renewed(const account *a) {
  exported e = identity(a);
  const export_format *f = format_find(renewed.format);
  doc.wrong = NULL;
  return f && !target_read(&file, renewed.path, &doc) && file.exists &&
         f->get(&doc, &e, token, sizeof token, &renewed_n) > 0 &&
         is_renewed(a, f, renewed.path, (moat_span){token, renewed_n});
}

/* Only one grant is stored, so one token is found. */
const char *export_renewed(account *a, const char *path, moat_span *out) {
  if (places_read(a) || !places_get(0, &renewed) || account_read(a) < 0) return NULL;
  for (size_t i = 0; places_get(i, &renewed); i++)
    if ((!path || strcmp(path, renewed.path) == 0) && finds_renewed(a)) {
      *out = (moat_span){token, renewed_n};
      return renewed.path;
    }
  (void)wipe(CLI_OK);
  return NULL;
}

void export_wipe(void) {
  (void)wipe(CLI_OK);
}

/* The library takes the lock for each of its own writes, so it is free here. */
int export_settle(account *a) {
  int status = account_lock(a);
  if (status) return status;
  int error = places_read(a);
  if (!error)
    error = remember(a, format_find(renewed.format), renewed.path, (moat_span){token, renewed_n});
  moat_posix_platform.unlock(&a->posix);
  return error ? cannot("remember the export to", renewed.path, error) : CLI_OK;
}

/* Each place goes to the end of the list, so all of them are in their old order afterwards. */
int export_carry(account *a, uint32_t signed_in) {
  static export_place place;
  size_t n = 0;
  int status = account_lock(a);
  if (status) return status;
  int error = places_read(a);
  while (places_get(n, &place))
    n++;
  for (; !error && n && places_get(0, &place); n--) {
    if (place.signed_in == signed_in) place.signed_in = moat_account_record(&a->moat)->signed_in;
    error = places_remember(a, &place);
  }
  moat_posix_platform.unlock(&a->posix);
  return error ? cannot("remember the exports in", a->paths.state, error) : CLI_OK;
}

/* ---- Output ---- */

/* Shows enough of a long secret to tell it from another, and nothing of a short one. */
static void mask(moat_span *secret, char stars[MASK_SIZE]) {
  size_t n = secret->n >= SHOWN_LEAST ? SHOWN : 0;
  if (!secret->n) return;
  memcpy(stars, secret->p, n);
  memcpy(stars + n, "********", 8);
  *secret = (moat_span){stars, n + 8};
}

int export_print(account *a, const char *format, bool masked) {
  char masks[3][MASK_SIZE];
  exported e;
  int status = export_check(a, format);
  if (!status && format_find(format)->is_partial)
    status = options_misuse(&a->options, "%s needs -o FILE: it changes a file of that program's",
                            format);
  if (!status) status = account_load(a);
  if (!status) status = gather(a, format_find(format), true, masked, &e);
  if (status) return status;
  if (masked) {
    mask(&e.refresh_token, masks[0]);
    mask(&e.access_token, masks[1]);
    mask(&e.client_secret, masks[2]);
  }
  bool fits = format_find(format)->put(&doc, &e);
  return wipe(fits ? print_bytes(doc.p, doc.n) : say(CLI_FAILED, "the output is too long"));
}

void export_advise(const account *a, const char *format) {
  exported e = identity(a);
  e.token_url = moat_str(a->profile.value[KEY_TOKEN_URL]);
  if (format_find(format)->advise) format_find(format)->advise(&e);
}
