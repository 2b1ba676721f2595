/* A heap that runs out. A sanitizer brings its own, and then OWN_HEAP is not defined. */
#ifndef HEAP_H
#define HEAP_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED)
#define OWN_HEAP
static volatile long callocs_left = -1; /* -1 means no limit */
void *__libc_calloc(size_t n, size_t size);

void *calloc(size_t n, size_t size) {
  if (callocs_left == 0) return NULL;
  if (callocs_left > 0) callocs_left--;
  return __libc_calloc(n, size);
}
#endif

#endif
