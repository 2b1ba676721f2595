/* The person that a grant belongs to, as an ID token told it. The file `identity` of the state
 * keeps it. */
#ifndef IDENTITY_H
#define IDENTITY_H

#include "account.h"

/* Issuer and subject together are one person's for ever; the name is only to be shown (OpenID
 * Connect Core 5.7). */
typedef struct {
  char issuer[512], subject[256], name[256];
} identity;

/* Reads the ID token of the answer that a sign-in got. False if there is none, or if it was not
 * made for this client by this provider. */
bool identity_of_answer(const account *a, identity *who);

/* Reads who the loaded grant belongs to. False if that is not known. */
bool identity_read(const account *a, identity *who);
/* Remembers it for the grant that was just stored; NULL: it is not known. What cannot be written is
 * not known. */
void identity_save(account *a, const identity *who);

bool identity_is_same(const identity *a, const identity *b);

#endif
