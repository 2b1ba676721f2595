/* A file of its own, because secure_getenv() is not of POSIX. */
#define _GNU_SOURCE
#include "environment.h"

#include <stdlib.h>

const char *environment(const char *name) {
#ifdef __linux__
  const char *value = secure_getenv(name);
#else
  const char *value = getenv(name);
#endif
  return value && *value ? value : 0;
}
