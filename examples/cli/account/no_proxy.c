/* There is no standard for this list. These are the entries that curl and Go understand alike, and
 * ports as Go has them. */
#include "no_proxy.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ENTRY_SIZE = 320 };

static const char digits[] = "0123456789";

/* ---- Addresses ---- */

/* Returns the number of bits, or 0 if it is no address. */
static unsigned read_address(const char *s, uint8_t out[16]) {
  if (inet_pton(AF_INET, s, out) == 1) return 32;
  return inet_pton(AF_INET6, s, out) == 1 ? 128 : 0;
}

static bool is_within(const uint8_t *address, const uint8_t *net, unsigned bits) {
  unsigned whole = bits / 8, rest = bits % 8;
  if (memcmp(address, net, whole) != 0) return false;
  return !rest || (address[whole] ^ net[whole]) >> (8 - rest) == 0;
}

/* Cuts "/8" off the entry. Returns the number, `most` if there is none, or more for a wrong one. */
static unsigned take_bits(char *entry, unsigned most) {
  char *slash = strchr(entry, '/');
  if (!slash) return most;
  *slash = '\0';
  size_t n = strspn(slash + 1, digits);
  return n < 1 || n > 3 || slash[1 + n] ? most + 1 : (unsigned)atoi(slash + 1);
}

/* An address matches however it is written, but never one of the other family. */
static bool has_address(char *entry, const char *host) {
  uint8_t address[16], net[16];
  unsigned size = read_address(host, address);
  unsigned bits = take_bits(entry, size);
  return size && bits <= size && read_address(entry, net) == size && is_within(address, net, bits);
}

/* ---- Names ---- */

/* The length without the dot that ends an absolute name. */
static size_t name_length(const char *s) {
  size_t n = strlen(s);
  return n && s[n - 1] == '.' ? n - 1 : n;
}

/* A suffix begins at a dot: "example.com" stands for "a.example.com" and not for "anexample.com".
 */
static bool has_name(const char *entry, const char *host) {
  if (entry[0] == '*' && entry[1] == '.') entry++;
  if (entry[0] == '.') entry++;
  size_t n = name_length(entry), size = name_length(host);
  if (!n || n > size || strncasecmp(host + size - n, entry, n) != 0) return false;
  return n == size || host[size - n - 1] == '.';
}

/* ---- The list ---- */

/* Cuts ":8443" and brackets off the entry. False if it is another port. An address of IPv6 has more
 * than one colon, and a port only after its bracket. */
static bool take_port(char **entry, uint16_t port) {
  char *end = strrchr(*entry, ':'), *bracket = strchr(*entry, ']');
  bool has_port = end && (bracket ? end == bracket + 1 : strchr(*entry, ':') == end);
  bool fits = !has_port || (end[1] && !end[1 + strspn(end + 1, digits)] && atoi(end + 1) == port);
  if (has_port) *end = '\0';
  if (**entry == '[' && bracket && !bracket[1]) {
    *bracket = '\0';
    ++*entry;
  }
  return fits;
}

static bool has(char *entry, const char *host, uint16_t port) {
  if (strcmp(entry, "*") == 0) return true;
  return take_port(&entry, port) && (has_name(entry, host) || has_address(entry, host));
}

/* An entry that is too long for any host is passed over. */
bool no_proxy_has(const char *list, const char *host, uint16_t port) {
  static const char between[] = ", \t\r\n";
  char entry[ENTRY_SIZE];
  for (const char *at = list + strspn(list, between); *at; at += strspn(at, between)) {
    size_t n = strcspn(at, between);
    if (n < sizeof entry) {
      memcpy(entry, at, n);
      entry[n] = '\0';
      if (has(entry, host, port)) return true;
    }
    at += n;
  }
  return false;
}
