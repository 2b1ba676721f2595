/* The list of secrets that this process has seen. If one does not fit, the list is useless as a
 * whole, and cover.c covers every line completely. */
#include "hide.h"

#include "clean.h"

#include <string.h>

enum {
  SECRETS = 64,
  /* The work buffer, three records and the client secret in all its forms fit at once. */
  MEMORY_SIZE = 1 << 19
};

/* The secrets are copied, because the buffers that they come in are wiped and used again. */
static char memory[MEMORY_SIZE];
static size_t used, added; /* bytes of all secrets, and of the one being written after them */
static moat_span secrets[SECRETS];
static size_t count;
static bool overflowed;

static void put(char c) {
  if (added < sizeof memory - used)
    memory[used + added++] = c;
  else
    overflowed = true;
}

static bool is_known(moat_span s) {
  for (size_t i = 0; i < count; i++)
    if (moat_span_equal(secrets[i], s)) return true;
  return s.n == 0;
}

/* Turns the bytes that were put into one more secret, unless it is known already. */
static void add(void) {
  moat_span s = {memory + used, added};
  bool known = is_known(s);
  added = 0;
  if (!known && count == SECRETS) overflowed = true;
  if (known || overflowed) {
    moat_wipe(memory + used, s.n);
    return;
  }
  secrets[count++] = s;
  used += s.n;
}

/* A secret is kept as it would look on the screen, because cover.c searches text that is clean. */
void hide_secret(moat_span secret) {
  bool cut = true;
  if (is_known(secret)) return; /* a command meets most of its secrets several times */
  if (used < sizeof memory) added = clean(secret, memory + used, sizeof memory - used, &cut);
  overflowed = overflowed || cut;
  add();
}

typedef struct {
  uint32_t bits;
  unsigned left; /* number of bits that are not written yet */
} base64;

static void put_digit(uint32_t v) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  put(digits[v & 63]);
}

static void put_base64(base64 *b, char c) {
  b->bits = b->bits << 8 | (unsigned char)c;
  for (b->left += 8; b->left >= 6; b->left -= 6)
    put_digit(b->bits >> (b->left - 6));
}

static bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* With `form`, the text is form-encoded first (RFC 6749 2.3.1). */
static void put_encoded(base64 *b, moat_span s, bool form) {
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < s.n; i++) {
    char c = s.p[i];
    if (!form || is_alphanumeric(c) || (c && strchr("*-._", c))) {
      put_base64(b, c);
    } else if (c == ' ') {
      put_base64(b, '+');
    } else {
      put_base64(b, '%');
      put_base64(b, hex[(unsigned char)c >> 4]);
      put_base64(b, hex[(unsigned char)c & 15]);
    }
  }
}

/* The credential of HTTP's Basic. Its padding tells nothing, and a server may leave it out. */
static void hide_basic(moat_span id, moat_span secret, bool form) {
  base64 b = {0, 0};
  put_encoded(&b, id, form);
  put_base64(&b, ':');
  put_encoded(&b, secret, form);
  if (b.left) put_digit(b.bits << (6 - b.left));
  add();
}

void hide_client(moat_span id, moat_span secret) {
  if (!secret.n) return;
  hide_secret(secret);
  hide_basic(id, secret, false);
  hide_basic(id, secret, true);
}

void hide_record(const moat_record *r) {
  hide_secret(r->access_token);
  hide_secret(r->refresh_token);
}

void hide_forget(void) {
  moat_wipe(memory, used);
  used = added = count = 0;
  overflowed = false;
}

const moat_span *hide_known(size_t *n) {
  *n = count;
  return overflowed ? NULL : secrets;
}
