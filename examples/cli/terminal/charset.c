/* The C library's own functions for this need the locale's files, which a small system has not. */
#include "charset.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The first variable that is set counts (POSIX, 8.2). */
bool charset_is_utf8(bool otherwise) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  const char *locale = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !(locale && *locale); i++)
    locale = getenv(names[i]);
  const char *dot = locale ? strchr(locale, '.') : NULL;
  if (!dot) return otherwise;
  return strncasecmp(dot, ".utf-8", 6) == 0 || strncasecmp(dot, ".utf8", 5) == 0;
}

bool terminal_is_dumb(void) {
  const char *term = getenv("TERM");
  return term && strcmp(term, "dumb") == 0;
}
