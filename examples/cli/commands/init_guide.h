/* The questions of `moat init` share this. */
#ifndef INIT_GUIDE_H
#define INIT_GUIDE_H

#include "../account/account.h"

typedef struct {
  account *a;
  profile *given;        /* the answers so far, and the values of the command line */
  const profile *before; /* what --force keeps of a profile, or empty */
  moat_span *secret;
} guide;

/* A question returns CLI_OK, ASK_BACK, GUIDE_SKIPPED if it has nothing to ask, or another CLI_
 * status that ends the guide. It may be asked several times, as a person may go back. */
enum { GUIDE_SKIPPED = -2 };
typedef int guide_question(guide *g);

/* Whether no option has answered the question about a value. An empty option does as well. */
bool guide_is_open(const guide *g, int key);

/* The last answer, or the value that the profile had before if it had the same provider; else the
 * usual one. */
const char *guide_known(const guide *g, int key, const char *otherwise);

/* How tokens come without a person, or "". No question is about that. */
const char *guide_grant(const guide *g);
bool guide_needs_nobody(const guide *g);

/* Whether a question is about the value, with the answers so far. */
bool guide_is_asked(const guide *g, int key);

/* Begins a new question. */
void guide_step(const char *text);

/* About the provider's place: Entra's cloud and tenant, or URLs, and roots. */
guide_question guide_ask_cloud, guide_ask_tenant, guide_ask_authorize_url, guide_ask_token_url,
    guide_ask_device_url, guide_ask_roots;

/* About the secret: how the client proves itself, the secret, its last day. */
guide_question guide_ask_auth, guide_ask_secret, guide_ask_expiry;

/* About the client's certificate and its key, if it proves itself by them, or by the key alone. */
bool guide_is_by_certificate(const profile *p);
bool guide_is_by_key(const profile *p);
guide_question guide_ask_certificate, guide_ask_key;

#endif
