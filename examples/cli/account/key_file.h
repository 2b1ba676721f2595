/* Files with a private key. */
#ifndef KEY_FILE_H
#define KEY_FILE_H

#include "../profile/profile.h"

typedef struct {
  const char *p; /* in a buffer of key_file.c */
  size_t n;      /* with a NUL, which PEM needs at its end, and DER does not */
  bool is_encrypted;
} key_text;

/* Reads the file that the profile names in `key` (KEY_…). The text stays until key_file_wipe().
 * Reports what is wrong and returns a CLI_ status. */
int key_file_read(const profile *p, int key, key_text *out);
void key_file_wipe(void);

/* Says why the file cannot be read, as file_read() found, or why the key in it cannot be used.
 * Both return CLI_PROFILE. */
int key_file_unreadable(const profile *p, int key, int error);
int key_file_unusable(const profile *p, int key, bool is_encrypted);

/* A key of a profile as words: "client key". Valid until the next call. */
const char *key_file_spoken(int key);

/* Both PEM and DER will do. */
bool key_file_is_der(const char *text);

#endif
