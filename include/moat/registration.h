/* Dynamic registration: a device gets a client ID of its own (RFC 7591), and gives it back when it
 * is of no use any more (RFC 7592 2.3). Each of the two costs flash only where it is used. */
#ifndef MOAT_REGISTRATION_H
#define MOAT_REGISTRATION_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The metadata of a client (RFC 7591 2). Lists are separated by spaces. */
typedef struct {
  moat_span redirect_uris; /* a list, as are the types */
  moat_span client_name;
  moat_span token_endpoint_auth_method;
  moat_span grant_types;
  moat_span response_types;
  moat_span scope;
} moat_client_metadata;

/* The server's registration of the client (RFC 7591 3.2.1). Spans are views into the work buffer,
 * valid until the next begin or cancel on the client; a member that did not come is absent. They
 * are the server's text, raw. */
typedef struct {
  moat_span client_id;                 /* never absent after a success */
  moat_span client_secret;             /* a secret, as is the next token */
  moat_span registration_access_token; /* RFC 7592 3. Absent, or the URI is: the server does not let
                                          this client be changed or deleted */
  moat_span registration_client_uri;   /* not checked: moat_url_split() tells whether it is https */
  moat_span client_secret_expires_at; /* seconds since 1970-01-01 UTC, as the text of a number; "0":
                                         never */
  moat_client_metadata metadata;      /* the server may have changed what it was asked for */
} moat_registered;

typedef struct {
  const moat_endpoint *endpoint;  /* the registration endpoint */
  moat_span initial_access_token; /* visible ASCII; absent: anybody may register */
  moat_client_metadata asked;     /* UTF-8 without control characters. What is absent is not sent,
                                     and the server decides */
  moat_span extra; /* further members, written as they are: "\"logo_uri\":\"https://...\"" */
  moat_registered registered; /* the result */
} moat_registration;

/* Registers a client. Store secret and registration access token at once: the server does not tell
 * them again. The request is sent once, and never again after a connection broke: each one may make
 * a client. Ends with
 *   MOAT_E_OAUTH   the server refused, such as invalid_redirect_uri, invalid_client_metadata (RFC
 *                  7591 3.2.2), or invalid_token about the initial access token
 *   MOAT_E_STATUS  another status than 2xx
 *   MOAT_E_REPLY   the answer has no client ID
 *   MOAT_E_JSON    the answer is no JSON object
 *   MOAT_E_SPACE   the answer does not fit the work buffer: it repeats what was asked for, and more
 * or with an error of the exchange. After these three, and if the connection broke, the server may
 * have a client that nobody knows. */
MOAT_NODISCARD int moat_register_begin(moat_client *c, moat_registration *r);

typedef struct {
  const moat_endpoint *endpoint;       /* the registration_client_uri */
  moat_span registration_access_token; /* visible ASCII */
  bool was_unknown;                    /* the result: see below */
} moat_unregistration;

/* Deletes the client at the server. Ends with 0 if the client is gone. `was_unknown` tells that the
 * server knew no such client, or not this token for it: it answers both in the same way (RFC 7592
 * 2.3), with 401 or 404, and not with a page. Otherwise the client is still there:
 *   MOAT_E_OAUTH, MOAT_E_STATUS  the server refused; with 403 and 405 it lets no client do this
 * or an error of the exchange. A request may be sent twice after a connection broke. */
MOAT_NODISCARD int moat_unregister_begin(moat_client *c, moat_unregistration *u);

#ifdef __cplusplus
}
#endif

#endif
