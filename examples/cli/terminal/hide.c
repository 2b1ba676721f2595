/* Servers say back what they were sent: as it was, as it came over the line, or written once more
 * by a program of theirs. So a text is searched as it will be seen, and with its escapes undone,
 * those of one kind at a time, for those of another may be part of a secret. */
#include "hide.h"

#include "clean.h"
#include "term.h"
#include "utf8.h"

#include <string.h>

enum {
  SECRETS = 64,
  /* The work buffer, three records and the client secret in all its forms fit at once. */
  MEMORY_SIZE = 1 << 19,
  TEXT_SIZE = 65536 + 1,
  DEPTH = 3, /* escapes of escapes of escapes */
  /* A shorter one would blot out half of every line. */
  LEAST = 4,
  LONG = 16 /* from here on a secret is looked for in lines of base64, too */
};

/* Copies, for the buffers that secrets come in are wiped and used again. */
static char memory[MEMORY_SIZE];
static size_t used, added; /* bytes that are taken, and of the one being written behind them */
static moat_span secrets[SECRETS];
static size_t count;
static bool overflowed;

/* ---- What is hidden ---- */

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

/* As it would be seen. */
void term_hide(moat_span secret) {
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

void term_hide_client(moat_span id, moat_span secret) {
  if (!secret.n) return;
  term_hide(secret);
  hide_basic(id, secret, false);
  hide_basic(id, secret, true);
}

void term_hide_record(const moat_record *r) {
  term_hide(r->access_token);
  term_hide(r->refresh_token);
}

void term_hide_token(const moat_token *t) {
  term_hide(t->access_token);
  term_hide(t->refresh_token);
  term_hide(t->id_token);
}

void term_forget(void) {
  moat_wipe(memory, used);
  used = added = count = 0;
  overflowed = false;
}

/* ---- How it may be written ---- */

/* The digits at p, `most` at most: how many there are, and their value. */
static size_t number(const char *p, uint32_t base, size_t most, uint32_t *value) {
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  size_t n = 0;
  *value = 0;
  for (const char *at; n < most && p[n] && (at = strchr(digits, p[n])) != NULL; n++) {
    uint32_t digit = (uint32_t)(at - digits) % 16;
    if (digit >= base) break;
    *value = *value * base + digit;
  }
  return n;
}

/* Undoes an escape of JSON or of a language like it. */
static size_t unescape_backslash(const char *p, char out[4], size_t *n) {
  static const char named[] = "bfnrt";
  uint32_t c, low;
  if (p[1] == 'x' && number(p + 2, 16, 2, &c) == 2) return out[0] = (char)c, *n = 1, 4;
  if (p[1] == 'u' && number(p + 2, 16, 4, &c) == 4) {
    bool pair = c >= 0xd800 && c < 0xdc00 && p[6] == '\\' && p[7] == 'u' &&
                number(p + 8, 16, 4, &low) == 4 && low >= 0xdc00 && low < 0xe000;
    if (pair) c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    return *n = utf8_encode(c, out), pair ? 12 : 6;
  }
  if (p[1] == '\0' || p[1] == 'x' || p[1] == 'u') return 0;
  const char *at = strchr(named, p[1]);
  out[0] = at ? "\b\f\n\r\t"[at - named] : p[1];
  return *n = 1, 2;
}

/* Undoes an entity of HTML, with or without the semicolon. */
static size_t unescape_entity(const char *p, char out[4], size_t *n) {
  static const struct {
    const char *name;
    uint32_t c;
  } named[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  uint32_t c = 0;
  size_t size = 0;
  if (p[1] == '#') {
    size_t from = p[2] == 'x' || p[2] == 'X' ? 3 : 2;
    size_t digits = number(p + from, from == 3 ? 16 : 10, 7, &c);
    if (digits && c < 0x110000) size = from + digits;
  }
  for (size_t i = 0; i < sizeof named / sizeof *named && !size; i++) {
    size_t length = strlen(named[i].name);
    if (strncmp(p + 1, named[i].name, length) == 0) c = named[i].c, size = 1 + length;
  }
  if (size) *n = utf8_encode(c, out);
  return size && p[size] == ';' ? size + 1 : size;
}

static size_t unescape_percent(const char *p, char out[4], size_t *n) {
  uint32_t c;
  if (number(p + 1, 16, 2, &c) < 2) return 0;
  return out[0] = (char)c, *n = 1, 3;
}

/* The bytes that an escape at p stands for go to `out`. Returns its size, which is no less than
 * theirs, or 0 where there is none. */
#define HEX "0123456789abcdefABCDEF"
static const struct {
  char begin;
  size_t longest;
  const char *inside; /* what may follow its first byte */
  size_t (*undo)(const char *p, char out[4], size_t *n);
} escapes[] = {{'%', 3, HEX, unescape_percent},
               {'\\', sizeof "\\ud83d\\ude00" - 1, HEX "ux\\", unescape_backslash},
               {'&', sizeof "&#x10ffff;" - 1, HEX "#xmpltgquos", unescape_entity}};
#undef HEX

enum { KINDS = sizeof escapes / sizeof *escapes };

/* Tells whether the end of a text cut this escape: it is not whole, or it is one of HTML's without
 * its end. */
static bool is_cut(unsigned kind, const char *escape, size_t size) {
  size_t n = 1 + strspn(escape + 1, escapes[kind].inside);
  bool whole = size && (*escape != '&' || escape[size - 1] == ';');
  return !whole && n < escapes[kind].longest && !escape[n];
}

/* The text that is searched: where each byte of it comes from, and where the text ends. */
static struct {
  char p[TEXT_SIZE];
  uint32_t from[TEXT_SIZE];
  size_t n;
} layer;

static void end_layer(size_t n) {
  layer.from[n] = layer.from[layer.n];
  layer.p[n] = '\0';
  layer.n = n;
}

static void begin_layer(const char *text, size_t n) {
  for (size_t i = 0; i <= n; i++)
    layer.from[i] = (uint32_t)i;
  memcpy(layer.p, text, n + 1);
  layer.n = n;
}

static void undo_escapes(unsigned kind, bool cut) {
  size_t to = 0;
  for (size_t i = 0, size; i < layer.n; i += size) {
    const char *p = layer.p + i;
    bool begins = *p == escapes[kind].begin;
    char c[4] = {*p};
    size_t n = 1;
    size = begins ? escapes[kind].undo(p, c, &n) : 0;
    if (begins && cut && is_cut(kind, p, size)) break;
    if (!size) size = 1;
    for (size_t k = 0; k < n; k++, to++) {
      layer.from[to] = layer.from[i];
      layer.p[to] = c[k];
    }
  }
  end_layer(to);
}

static void drop_unseen(void) {
  size_t to = 0, size;
  for (size_t i = 0; i < layer.n; i += size) {
    uint32_t c;
    size_t n = utf8_decode(layer.p + i, layer.n - i, &c);
    size = n ? n : 1;
    if (n && c == '\t') layer.p[i] = ' ';
    if (!n || (c != '\t' && !utf8_is_shown(c))) continue;
    memmove(layer.p + to, layer.p + i, n);
    memmove(layer.from + to, layer.from + i, n * sizeof *layer.from);
    to += n;
  }
  end_layer(to);
}

/* ---- Stars ---- */

static bool is_of_word(char c) {
  return is_alphanumeric(c) || (unsigned char)c >= 0x80;
}

/* The two alphabets of base64 are one to us, and a '+' that was taken for a space. */
static char fold(char c) {
  return c == '-' || c == ' ' ? '+' : c == '_' ? '/' : c;
}

/* Base64 is written in lines, so white space within a long secret is passed over, unless it is the
 * secret's own or may be its '+'. Of a short secret it would join words of the text. */
static bool is_break(const char *p, moat_span secret, size_t n) {
  if (*p != ' ' || n == 0 || secret.n < LONG) return false;
  if (fold(secret.p[n]) != '+') return true;
  return secret.p[n] != ' ' && fold(p[strspn(p, " ")]) == '+';
}

/* How much of the layer at `at` is the secret, or the first part of it where it was cut; or 0. */
static size_t match(size_t at, moat_span secret, bool cut) {
  const char *p = layer.p + at, *end = p;
  size_t n = 0;
  for (; n < secret.n && *end; end++) {
    if (is_break(end, secret, n)) continue;
    if (fold(*end) != fold(secret.p[n])) break;
    n++;
  }
  size_t size = (size_t)(end - p);
  if (n < secret.n) return cut && !*end && n >= LEAST ? size : 0;
  bool alone = (at == 0 || !is_of_word(p[-1])) && !is_of_word(*end);
  return n >= LEAST || alone ? size : 0;
}

/* Which bytes a secret may begin with. Most bytes of a text are passed over by this alone. */
static void note_beginnings(bool begins[256]) {
  memset(begins, 0, 256);
  for (size_t i = 0; i < count; i++)
    begins[(unsigned char)fold(*secrets[i].p)] = true;
}

static void overwrite(char *text, bool cut) {
  bool begins[256];
  note_beginnings(begins);
  for (size_t at = 0; at < layer.n; at++)
    for (size_t i = 0; i < count && begins[(unsigned char)fold(layer.p[at])]; i++) {
      size_t n = match(at, secrets[i], cut), start = layer.from[at];
      if (n) memset(text + start, '*', layer.from[at + n] - start);
    }
}

/* `way` is a kind of escapes for each depth, from the outermost. */
static void search(const char *whole, size_t n, char *text, unsigned way, bool cut) {
  begin_layer(whole, n);
  for (int depth = 0; depth < DEPTH; depth++, way /= KINDS) {
    size_t before = layer.n;
    undo_escapes(way % KINDS, cut);
    if (layer.n == before) break;
    drop_unseen();
    overwrite(text, cut);
  }
}

/* Once through; whether that has put a star anywhere. */
static bool hide_more(char *text, size_t n, bool cut) {
  static char whole[TEXT_SIZE];
  memcpy(whole, text, n + 1);
  begin_layer(whole, n);
  overwrite(text, cut);
  for (unsigned way = 0; way < KINDS * KINDS * KINDS && strpbrk(whole, "%\\&"); way++)
    search(whole, n, text, way, cut);
  bool changed = memcmp(whole, text, n) != 0;
  moat_wipe(whole, n);
  moat_wipe(layer.p, n);
  return changed;
}

/* The last byte of one secret may begin an escape that hides the first of the next, so what was
 * overwritten is searched again. The end of a text that was cut is read both as it is and as the
 * beginning of more. */
bool hide_in(char *text, bool cut) {
  size_t n = strlen(text);
  bool found = false;
  if (overflowed || n >= TEXT_SIZE) { /* nobody knows what is a secret */
    memset(text, '*', n);
    return true;
  }
  while (hide_more(text, n, false) || (cut && hide_more(text, n, true)))
    found = true;
  return found;
}
