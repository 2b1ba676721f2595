/* The roots of trust: a PEM file or folders, which are read when a server's certificate has to be
 * judged. */
#ifndef ROOTS_H
#define ROOTS_H

#include <moat/tls.h>

#include <stdbool.h>

#include "../cli.h"

typedef struct {
  const char *path;     /* of the file, or the list of folders */
  const char *variable; /* of the environment, if that names it */
  bool is_folder;
  int fd; /* of the open file; less than 0: none */
  uint8_t identity[32];
  bool is_read;
  char *bundle; /* what was read, and holds the certificates */
  size_t room;  /* for the bundle; more than the size of its file */
  moat_tls_roots list;
  /* The CLI_ status of a file that could not be used, when it was to be read. */
  int *status;
} roots;

/* The source of a TLS context. Its context is a `roots`. */
extern const moat_tls_root_source roots_source;

/* Opens the PEM file `path`. Where that is empty it opens $SSL_CERT_FILE, else the folders of
 * $SSL_CERT_DIR, else the system's bundle. A CLI_ status, with what is wrong said. */
int roots_open(roots *r, const char *path);

/* Reads what is open, once. The same kind of status. */
int roots_read(roots *r);

/* Returns the last day (since 1970) of the root that ends first, among those that were read and
 * have not ended `now`. 0: there is none. */
int64_t roots_end(const roots *r, int64_t now);

/* Counts those that were read, and how many of them have ended `now`. */
int roots_count(const roots *r, int64_t now, int *ended);

void roots_close(roots *r);

#endif
