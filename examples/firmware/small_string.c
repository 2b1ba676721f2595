/* newlib's string functions are made for long texts and take 1.1 KB of flash. A board only compares
 * host names. */
#include <stdint.h>
#include <string.h>

size_t strlen(const char *s) {
  const char *end = s;
  while (*end)
    end++;
  return (size_t)(end - s);
}

char *strchr(const char *s, int c) {
  while (*s != (char)c)
    if (!*s++) return NULL;
  return (char *)(uintptr_t)s;
}

int strcmp(const char *a, const char *b) {
  while (*a && *a == *b)
    a++, b++;
  return (unsigned char)*a - (unsigned char)*b;
}
