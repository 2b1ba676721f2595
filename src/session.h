/* What the session and the judgement of its failures share. */
#ifndef MOAT__SESSION_H
#define MOAT__SESSION_H

#include "moat/session.h"

enum { MOAT__DECIDING, MOAT__REFRESHING, MOAT__SETTLING };

/* Seconds for which a server that answered is left alone at least. */
#define MOAT__PAUSE_S 30

/* Whether trying again later may help against what the exchange failed with. */
bool moat__session_passes(const moat_client *c, int r);

#define MOAT__FRESH -100 /* ends the exchange: there is a token */

/* Whether the token at hand is good for longer than a fifth of its life, or than `margin` seconds
 * where that is less. */
bool moat__session_lasts(const moat_client *c, const moat_session *s, uint32_t margin);

/* Loads the stored grant. 0: a refresh is due; MOAT__FRESH; or an error. */
int moat__session_judge(moat_client *c, moat_session *s);

static inline uint32_t moat__session_pause(const moat_client *c) {
  uint32_t asked = c->error.retry_after;
  return asked < MOAT__PAUSE_S ? MOAT__PAUSE_S : asked;
}

#endif
