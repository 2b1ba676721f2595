/* Remembers the files that a grant was exported to, and fingerprints of the tokens in them. */
#ifndef PLACES_H
#define PLACES_H

#include "../account/account.h"

enum { PRINT_SIZE = 65 };

/* One place. A fingerprint of a refresh token is its SHA-256. */
typedef struct {
  char format[16], path[PATH_SIZE];
  uint32_t signed_in; /* which sign-in the grant came from */
  /* The token that was written last, and the one that it replaced: a write may have been
   * interrupted, and either may stand in the file. */
  char written[PRINT_SIZE], before[PRINT_SIZE];
} export_place;

void place_print(moat_span token, char out[PRINT_SIZE]);

/* Reads the places from their file in the state folder. It may be missing. 0 or an errno. */
int places_read(const account *a);
/* Takes the place with a number. False behind the last. */
bool places_get(size_t i, export_place *out);
/* Finds the place of a file. False if Moat has not written there. */
bool places_find(const char *path, export_place *out);
/* Stores a place, durably. Only under the account's lock, after places_read(). */
int places_remember(const account *a, const export_place *place);

#endif
