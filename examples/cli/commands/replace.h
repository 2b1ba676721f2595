/* Another refresh token in the place of the stored grant, which is kept until that one is proved.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include "../account/account.h"

/* Keeps the stored grant. Without one that works, nothing is kept. */
void replace_begin(account *a);
/* Whether there is something to store again. */
bool replace_can_undo(void);
/* Stores a refresh token. With `force` also over a grant that is alive, if that one is kept.
 * Reports what is wrong and returns a CLI_ status, as those below do. */
int replace_store(account *a, moat_span token, uint8_t how, bool force);
/* Stores the kept grant again. */
int replace_undo(account *a);
/* The stored grant is the same as the kept one, so its person and its exports stay known. */
int replace_carry(account *a);
/* False if the last answer came for another person than the one of the kept grant. */
bool replace_same_person(const account *a);
void replace_wipe(void);

#endif
