/* The request that both programs send. */
#ifndef TOKEN_TEXT_H
#define TOKEN_TEXT_H

#include <string.h>

#define CLIENT_ID "00000000-1111-2222-3333-444444444444"
#define CLIENT_SECRET "abcDEF~0123456789.secret_of-forty-chars.."
#define SCOPE "offline_access files.read files.read.all files.readwrite files.readwrite.all"

static inline const char *refresh_token(void) {
  static char text[1200];
  memset(text, 'R', sizeof text - 1);
  return text;
}

#endif
