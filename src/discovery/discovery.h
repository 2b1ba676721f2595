/* The common part of the two ways to begin a discovery. */
#ifndef MOAT__DISCOVERY_H
#define MOAT__DISCOVERY_H

#include "moat/discovery.h"

#include "../json/json.h"

/* The spans of moat_metadata, in its order. Those before MOAT__BASIC are read in any case. */
enum {
  MOAT__ISSUER,
  MOAT__ISS,
  MOAT__ERROR,
  MOAT__DESCRIPTION,
  MOAT__AUTHORIZATION, /* the first endpoint */
  MOAT__TOKEN,         /* the first of those that may have an alias */
  MOAT__DEVICE,
  MOAT__REVOCATION,
  MOAT__BASIC,
  MOAT__INTROSPECTION = MOAT__BASIC,
  MOAT__USERINFO,
  MOAT__REGISTRATION,
  MOAT__ALIASES, /* mtls_token_endpoint and those after it, which `finish` reads */
  MOAT__METHODS = MOAT__ALIASES + 6, /* the first span that is no endpoint */
};

/* The members of the first MOAT__BASIC spans, for a table. */
#define MOAT__BASIC_MEMBERS                                                                        \
  [MOAT__ISSUER] = {"issuer", MOAT__STRING | MOAT__OBJECT},                                        \
  [MOAT__ISS] = {"authorization_response_iss_parameter_supported", MOAT__RAW},                     \
  [MOAT__ERROR] = {"error", MOAT__STRING},                                                         \
  [MOAT__DESCRIPTION] = {"error_description", MOAT__STRING},                                       \
  [MOAT__TOKEN] = {"token_endpoint", MOAT__STRING},                                                \
  [MOAT__AUTHORIZATION] = {"authorization_endpoint", MOAT__STRING},                                \
  [MOAT__DEVICE] = {"device_authorization_endpoint", MOAT__STRING},                                \
  [MOAT__REVOCATION] = {"revocation_endpoint", MOAT__STRING}

/* A way to read metadata: which members, and how. The functions below serve `ops`. */
typedef struct {
  moat_grant_ops ops;
  const moat__member *members;
  size_t count;
  /* Completes the spans before the endpoints are checked. NULL: there is nothing to do. */
  void (*finish)(const moat_reply *r, moat_span *v);
} moat__discovery;

/* Asks at the first place, or at the second one after a 404. */
int moat__discovery_build(moat_client *c, void *grant, moat_writer *w);
/* Reads the answer into the metadata of the moat_discovery. */
int moat__discovery_reply(moat_client *c, void *grant, const moat_reply *r);
/* Checks what the caller lent, then begins the exchange. */
MOAT_NODISCARD int moat__discovery_begin(moat_client *c, moat_discovery *d,
                                         const moat__discovery *kind);

#endif
