/* The common part of the stores. */
#ifndef MOAT_SOCKETS_INTERNAL_H
#define MOAT_SOCKETS_INTERNAL_H

static inline const char *moat_sockets__key(int slot) {
  static const char *const keys[] = {"a", "b", "mark", "pending", "tls"};
  return keys[slot];
}

#endif
