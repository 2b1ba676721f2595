/* Writes the POST that every token request is, and client authentication within it. */
#ifndef MOAT_REQUEST_H
#define MOAT_REQUEST_H

#include "text.h"

struct moat_auth_ops {
  /* Header lines, each with its CR LF; NULL: none. */
  void (*header)(const moat_auth *a, moat_writer *w);
  /* Form fields; NULL: none. */
  void (*form)(const moat_auth *a, moat_writer *w);
  bool secret; /* whether client_secret is needed; without, it must be absent */
};

/* The head, and the fields of `auth`; fields of the grant follow, then the end, which puts the
 * length of the body in its place. */
void moat__post_begin(moat_writer *w, const moat_endpoint *e, const moat_auth *auth);
void moat__post_end(moat_writer *w);

/* "Authorization: Basic " with what was written from `start` on encoded in place. */
void moat__base64_from(moat_writer *w, size_t start);

#endif
