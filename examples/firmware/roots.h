/* The roots that this image trusts, in flash. They are only those that its profile can judge. */
#ifndef ROOTS_H
#define ROOTS_H

typedef struct {
  const unsigned char *begin, *end;
} root_t;

#ifdef PROFILE_TINY
enum { ROOTS = 1 };
#else
enum { ROOTS = 3 };
#endif

extern const root_t roots[ROOTS];

#endif
