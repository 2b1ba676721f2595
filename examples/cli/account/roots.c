/* Trust comes from one place: the profile's file, what the environment names, or the bundle that
 * the system keeps up to date. A missing file is told at once, also where a resumed session would
 * need no root. */
#include "roots.h"

#include "../files.h"
#include "../profile/date.h"
#include "../terminal/term.h"
#include "environment.h"
#include "root_folders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUNDLE_SIZE = 2 << 20 };

/* The places where distributions keep the bundle, the most common first. */
static const char *const system_bundles[] = {"/etc/ssl/certs/ca-certificates.crt",
                                             "/etc/pki/tls/certs/ca-bundle.crt",
                                             "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
                                             "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"};

/* Only one bundle is used, so that a root that the system does not trust cannot come from another.
 */
static const char *find_system_bundle(void) {
  for (size_t i = 0; i < sizeof system_bundles / sizeof *system_bundles; i++)
    if (file_exists(system_bundles[i])) return system_bundles[i];
  return NULL;
}

/* Says why the file is of no use. Without an error, it was read and has no root. */
static int unusable(const roots *r, int error) {
  if (error)
    say(CLI_PROFILE, "cannot read the roots of trust in %s: %s", r->path, file_error(error));
  else
    say(CLI_PROFILE, "%s: there is no certificate in PEM that can be used", r->path);
  if (r->variable) hint("It is $%s that names it.", r->variable);
  if (error == FILE_OPEN)
    hint("Whoever can change it decides which server is trusted: chmod go-w %s", r->path);
  else
    hint("Name a PEM file with the certificate of the server's certification authority: "
         "moat set NAME ca=FILE, or --ca FILE");
  return CLI_PROFILE;
}

/* A variable counts even if what it names is of no use: other roots than those could be too many.
 */
static const char *find_path(roots *r, const char *path) {
  static const char *const names[] = {"SSL_CERT_FILE", "SSL_CERT_DIR"};
  r->variable = NULL;
  r->is_folder = false;
  for (size_t i = 0; i < sizeof names / sizeof *names && !*path; i++) {
    const char *value = environment(names[i]);
    if (!value) continue;
    path = value;
    r->variable = names[i];
    r->is_folder = i == 1;
  }
  return *path ? path : find_system_bundle();
}

/* Nothing is read yet, so this is only whether there are files with the right names. */
static int open_folders(roots *r) {
  size_t count = 0;
  int error = root_folders_read(r->path, NULL, 0, &count, r->identity);
  if (error || count) return error ? unusable(r, error) : CLI_OK;
  say(CLI_PROFILE, "%s: there is no certificate with a name like 0a1b2c3d.0", r->path);
  hint("It is $%s that names it. `openssl rehash FOLDER` gives such names.", r->variable);
  return CLI_PROFILE;
}

/* A package that is updated replaces the file, and an editor changes its times. */
static int identify(roots *r, const struct stat *st) {
  const int64_t facts[] = {(int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
                           st->st_mtim.tv_sec,  st->st_mtim.tv_nsec, st->st_ctim.tv_sec,
                           st->st_ctim.tv_nsec};
  static uint8_t all[sizeof facts + PATH_SIZE];
  size_t n = strlen(r->path);
  if (n > PATH_SIZE) return ENAMETOOLONG;
  memcpy(all, facts, sizeof facts);
  memcpy(all + sizeof facts, r->path, n);
  return moat_crypto_mbedtls.sha256(NULL, all, sizeof facts + n, r->identity) ? EIO : 0;
}

/* A file that cannot have a certificate is told before anything is sent. The first one of a bundle
 * stands near its start, so this costs one short read. */
static bool has_certificate(int fd) {
  static const char begin[] = "-----BEGIN CERTIFICATE-----";
  enum { OVERLAP = sizeof begin - 2 };
  char part[4096];
  off_t at = 0;
  for (;;) {
    ssize_t n = pread(fd, part, sizeof part - 1, at);
    if (n <= OVERLAP) return false;
    part[n] = '\0';
    if (strstr(part, begin)) return true;
    at += n - OVERLAP;
  }
}

int roots_open(roots *r, const char *path) {
  struct stat st;
  moat_tls_roots_init(&r->list);
  r->fd = -1;
  r->bundle = NULL;
  r->room = BUNDLE_SIZE;
  r->path = find_path(r, path);
  if (!r->path) {
    say(CLI_PROFILE, "this system has no bundle of roots of trust");
    hint("Install the package ca-certificates, or name a PEM file: moat set NAME ca=FILE, or --ca "
         "FILE");
    return CLI_PROFILE;
  }
  if (r->is_folder) return open_folders(r);
  int error = file_open(r->path, &r->fd, &st);
  if (!error) error = file_judge(&st, FILE_CLOSED);
  if (!error) error = identify(r, &st);
  if (!error && st.st_size > 0 && st.st_size < BUNDLE_SIZE) r->room = (size_t)st.st_size + 1;
  return error || !has_certificate(r->fd) ? unusable(r, error) : CLI_OK;
}

/* The certificates stay where they were read to, as long as the list. This memory is given back
 * before the account is wiped, because it is a fifth of what the program takes. */
int roots_read(roots *r) {
  size_t n = 0;
  if (r->is_read) return CLI_OK;
  if (!r->bundle) r->bundle = malloc(r->room);
  if (!r->bundle) return unusable(r, ENOMEM);
  int error = r->is_folder ? root_folders_read(r->path, r->bundle, r->room, &n, r->identity)
                           : file_read_fd(r->fd, r->bundle, r->room, &n);
  if (error || moat_tls_add_roots_pem(&r->list, r->bundle, n) < 0) return unusable(r, error);
  r->is_read = true;
  return CLI_OK;
}

/* Digits of a date in the order of time: 20260131. */
static int number_of(int year, int month, int day) {
  return (year * 100 + month) * 100 + day;
}

static int number_of_today(int64_t now) {
  time_t seconds = (time_t)now;
  struct tm tm;
  return gmtime_r(&seconds, &tm) ? number_of(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday) : 0;
}

static int number_of_end(const mbedtls_x509_crt *c) {
  return number_of(c->valid_to.year, c->valid_to.mon, c->valid_to.day);
}

int roots_count(const roots *r, int64_t now, int *ended) {
  int count = 0, today = number_of_today(now);
  *ended = 0;
  for (const mbedtls_x509_crt *c = &r->list.list; c && c->raw.p; c = c->next, count++)
    *ended += number_of_end(c) < today;
  return count;
}

/* Dates are compared as numbers, because a bundle has many. Only one of them is then counted in
 * days. */
int64_t roots_end(const roots *r, int64_t now) {
  char date[40];
  int64_t day;
  int first = 0, today = number_of_today(now);
  if (!today) return 0;
  for (const mbedtls_x509_crt *c = &r->list.list; c && c->raw.p; c = c->next) {
    int end = number_of_end(c);
    if (end >= today && (!first || end < first)) first = end;
  }
  (void)snprintf(date, sizeof date, "%04d-%02d-%02d", first / 10000, first / 100 % 100,
                 first % 100);
  return first && date_day(date, &day) ? day : 0;
}

/* The command ends with the status. For the library this is a failure of the port like any other.
 */
static int source_read(void *ctx, const moat_tls_roots **list) {
  roots *r = ctx;
  *list = &r->list;
  *r->status = roots_read(r);
  return *r->status ? MOAT_E_PORT : MOAT_OK;
}

/* The file stays open from its check to its reading, so this is the identity of what is read even
 * if another file takes the name meanwhile. That of a folder is found anew when it is read. */
static void source_identity(void *ctx, uint8_t hash[32]) {
  const roots *r = ctx;
  memcpy(hash, r->identity, sizeof r->identity);
}

const moat_tls_root_source roots_source = {.read = source_read, .identity = source_identity};

void roots_close(roots *r) {
  moat_tls_roots_free(&r->list);
  free(r->bundle);
  r->bundle = NULL;
  r->is_read = false;
  if (r->fd >= 0) close(r->fd);
  r->fd = -1;
}
