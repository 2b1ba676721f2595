/* The formats of `moat export`, a file each. */
#ifndef EXPORT_H
#define EXPORT_H

#include "../cli.h"

/* The parts of a grant. An empty span is an absent part. */
typedef struct {
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
  bool is_complete; /* it needs a refresh token and a client secret */
  bool is_utf8;     /* it can only hold UTF-8 */
  void (*put)(const exported *e);
  /* After the export, to stderr: what the person has to know about it. May be NULL. */
  void (*advise)(const exported *e);
} export_format;

extern const export_format export_ballerina, export_env, export_json;

#endif
