/* A CR counts as white space at the end of a text, because a file may come from Windows. */
#include "trim.h"

#include <string.h>

char *trim(char *text) {
  char *start = text + strspn(text, " \t");
  size_t n = strlen(start);
  while (n > 0 && strchr(" \t\r", start[n - 1]))
    n--;
  start[n] = '\0';
  return start;
}
