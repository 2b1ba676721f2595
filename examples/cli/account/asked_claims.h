/* Claims that the provider wants of the next sign-in: Entra sends them with a refusal
 * (interaction_required). They are kept until somebody has signed in. */
#ifndef ASKED_CLAIMS_H
#define ASKED_CLAIMS_H

#include "account.h"

/* Keeps those of the last answer, if it had any. What cannot be written is not asked for. */
void asked_claims_save(account *a);
/* Reads the claims that are kept for this token URL, or {NULL, 0}. Valid until the next call. */
moat_span asked_claims_read(const account *a);
void asked_claims_erase(const account *a);

#endif
