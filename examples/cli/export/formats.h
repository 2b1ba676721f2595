/* The formats of exports. */
#ifndef FORMATS_H
#define FORMATS_H

#include "document.h"

/* The parts of a grant. An empty span is an absent part. */
typedef struct {
  const char *name; /* of the profile */
  moat_span refresh_token;
  moat_span access_token; /* only while it is valid */
  int64_t expires;        /* of the access token; 0: unknown */
  moat_span client_id;
  moat_span client_secret; /* absent if the grant needs none */
  moat_span token_url;
  moat_span scope;
} exported;

typedef struct {
  const char *name;
  bool needs_refresh_token;
  bool needs_secret;
  bool is_public;  /* it is for clients without a secret */
  bool is_utf8;    /* it can only hold UTF-8 */
  bool is_partial; /* the file has to exist, for the rest of it is another program's to write */
  /* Changes the document. Returns whether that was possible; `wrong` says why not. */
  bool (*put)(document *d, const exported *e);
  /* Reads the refresh token in the document, as a language's get() does. */
  int (*get)(document *d, const exported *e, char *out, size_t size, size_t *n);
  /* Reads the client ID in the same way. NULL: the format has none, or get() has compared it. */
  int (*get_client)(document *d, char *out, size_t size, size_t *n);
  /* After an export, to stderr: what the person has to know. May be NULL. */
  void (*advise)(const exported *e);
} export_format;

/* NULL for an unknown name. */
const export_format *format_find(const char *name);

extern const export_format format_rclone;
void format_wipe(void); /* what rclone's has copied */

#endif
