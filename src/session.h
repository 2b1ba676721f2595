/* What the session and the judgement of its failures share. */
#ifndef MOAT__SESSION_H
#define MOAT__SESSION_H

#include "moat/session.h"

enum { MOAT__DECIDING, MOAT__REFRESHING, MOAT__SETTLING };

/* Whether the token at hand is good for longer than a fifth of its life, or than `margin` seconds
 * where that is less. */
bool moat__session_lasts(const moat_client *c, const moat_session *s, uint32_t margin);

/* Loads the stored grant. 0: a refresh is due; 1: the token at hand will do; or an error. */
int moat__session_judge(moat_client *c, moat_session *s);

#endif
