/* Changes values in the text of a profile, and keeps all else that a person wrote there. */
#ifndef EDIT_PROFILE_H
#define EDIT_PROFILE_H

#include "profile.h"

/* A profile as it is in the file, and with the values of the preset. */
typedef struct {
  const profile *given, *resolved;
} profile_pair;

/* `text` is that of `before`. Returns the length of the new text, or 0 if it does not fit. */
size_t profile_edit(const char *text, profile_pair before, profile_pair after, char *out,
                    size_t size);

#endif
