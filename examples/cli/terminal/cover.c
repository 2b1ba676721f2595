/* Servers repeat what they were sent: as it was, as it was encoded on the line, or encoded once
 * more by their own software. So a text is searched as it will be seen, and again with its escapes
 * undone. Only one kind of escape is undone at a time, because the others may be part of a
 * secret. */
#include "cover.h"

#include "hide.h"
#include "unescape.h"
#include "utf8.h"

#include <string.h>

enum {
  TEXT_SIZE = 65536 + 1,
  DEPTH = 3, /* escapes of escapes of escapes */
  /* A shorter secret is covered only where it stands alone: anywhere else it would cover half of
   * every line. */
  LEAST = 4,
  LONG = 16 /* from here on a secret is looked for in lines of base64, too */
};

/* The secrets to look for */
static const moat_span *secrets;
static size_t count;

/* The text that is searched, and where each of its bytes begins in the text that will be shown.
 * from[n] is where that text ends. */
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

/* With `cut`, the text ends before an escape that may continue: what it stands for is unknown. */
static void undo_escapes(unsigned kind, bool cut) {
  size_t to = 0;
  for (size_t i = 0, size; i < layer.n; i += size) {
    const char *p = layer.p + i;
    bool begins = *p == unescape_begin(kind);
    char c[4] = {*p};
    size_t n = 1;
    size = begins ? unescape(kind, p, c, &n) : 0;
    if (begins && cut && unescape_is_cut(kind, p, size)) break;
    if (!size) size = 1;
    for (size_t k = 0; k < n; k++, to++) {
      layer.from[to] = layer.from[i];
      layer.p[to] = c[k];
    }
  }
  end_layer(to);
}

/* An escape may stand for a character that shows nothing. Within a secret it must not hide the
 * secret. */
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
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         (unsigned char)c >= 0x80;
}

/* The two alphabets of base64 count as one. A space may be a '+' that a form reader decoded. */
static char fold(char c) {
  return c == '-' || c == ' ' ? '+' : c == '_' ? '/' : c;
}

/* Base64 may be broken into lines. So white space within a long secret is skipped, unless it may be
 * the secret's own space or '+'. Within a short secret this would join words of the text. */
static bool is_break(const char *p, moat_span secret, size_t n) {
  if (*p != ' ' || n == 0 || secret.n < LONG) return false;
  if (fold(secret.p[n]) != '+') return true;
  return secret.p[n] != ' ' && fold(p[strspn(p, " ")]) == '+';
}

/* Returns how many bytes of the layer at `at` are the secret, or 0. With `cut`, the first part of
 * the secret counts at the end of the layer. */
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

/* Notes the bytes that a secret can begin with, so that most bytes of a text need no comparison. */
static void note_beginnings(bool begins[256]) {
  memset(begins, 0, 256);
  for (size_t i = 0; i < count; i++)
    begins[(unsigned char)fold(*secrets[i].p)] = true;
}

/* Secrets are found in the layer, but the stars go into the text that will be shown. */
static void overwrite(char *text, bool cut) {
  bool begins[256];
  note_beginnings(begins);
  for (size_t at = 0; at < layer.n; at++)
    for (size_t i = 0; i < count && begins[(unsigned char)fold(layer.p[at])]; i++) {
      size_t n = match(at, secrets[i], cut), start = layer.from[at];
      if (n) memset(text + start, '*', layer.from[at + n] - start);
    }
}

/* `way` has one digit for each depth, from the outermost: the kind of escape to undo. */
static void search(const char *whole, size_t n, char *text, unsigned way, bool cut) {
  begin_layer(whole, n);
  for (int depth = 0; depth < DEPTH; depth++, way /= UNESCAPE_KINDS) {
    size_t before = layer.n;
    undo_escapes(way % UNESCAPE_KINDS, cut);
    if (layer.n == before) break;
    drop_unseen();
    overwrite(text, cut);
  }
}

/* Searches once, in all ways. Returns whether there are new stars. */
static bool hide_more(char *text, size_t n, bool cut) {
  static char whole[TEXT_SIZE];
  memcpy(whole, text, n + 1);
  begin_layer(whole, n);
  overwrite(text, cut);
  for (unsigned way = 0;
       way < UNESCAPE_KINDS * UNESCAPE_KINDS * UNESCAPE_KINDS && strpbrk(whole, "%\\&"); way++)
    search(whole, n, text, way, cut);
  bool changed = memcmp(whole, text, n) != 0;
  moat_wipe(whole, n);
  moat_wipe(layer.p, n);
  return changed;
}

/* The last byte of one secret may begin an escape that hides the first byte of the next. So the
 * search is repeated after each change. The end of a cut text is read in two ways: as it is, and as
 * the beginning of something longer. */
bool cover_secrets(char *text, bool cut) {
  size_t n = strlen(text);
  bool found = false;
  secrets = hide_known(&count);
  if (!secrets || n >= TEXT_SIZE) { /* not all secrets are known */
    memset(text, '*', n);
    return true;
  }
  while (hide_more(text, n, false) || (cut && hide_more(text, n, true)))
    found = true;
  return found;
}
