#include "hide.h"

#include "clean.h"

#include <string.h>

enum {
  SECRETS = 64,
  /* The work buffer, three records and the client secret in all its forms fit at once. */
  MEMORY_SIZE = 1 << 19
};

/* Copies, for the buffers that secrets come in are wiped and used again. */
static char memory[MEMORY_SIZE];
static size_t used, added; /* bytes that are taken, and of the one being written behind them */
static moat_span secrets[SECRETS];
static size_t count;
static bool overflowed;

static void put(char c) {
  if (added < sizeof memory - used)
    memory[used + added++] = c;
  else
    overflowed = true;
}

/* Makes the bytes that were put one more secret, unless it is known. */
static void add(void) {
  moat_span s = {memory + used, added};
  bool known = s.n == 0;
  for (size_t i = 0; i < count && !known; i++)
    known = moat_span_equal(secrets[i], s);
  added = 0;
  if (!known && count == SECRETS) overflowed = true;
  if (known || overflowed) {
    moat_wipe(memory + used, s.n);
    return;
  }
  secrets[count++] = s;
  used += s.n;
}

/* Kept as it would be seen. */
void hide_secret(moat_span secret) {
  bool cut = true;
  if (used < sizeof memory) added = clean(secret, memory + used, sizeof memory - used, &cut);
  overflowed = overflowed || cut;
  add();
}

typedef struct {
  uint32_t bits;
  unsigned left; /* that are not put yet */
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

/* As an HTML form has it, where `form` is set. */
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

/* The credential of HTTP's Basic, without the padding, which would tell nothing. */
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
