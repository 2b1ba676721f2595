/* What reaches a terminal: nothing that could drive it, and nothing that is secret. */
#include "fuzz.h"

#include <unistd.h>

#include "terminal/hide.h"
#include "terminal/term.h"

/* Secrets of these sizes; each input fills them anew. */
enum { SECRETS = 8, LONGEST = 64, OUT_SIZE = 16384 };
static const size_t sizes[SECRETS] = {4, 5, 8, 12, 17, 32, 43, LONGEST};
static char secrets[SECRETS][LONGEST];

static char out[OUT_SIZE];
static size_t out_size;

/* Instead of files.c's. */
int __wrap_write_all(int fd, const char *p, size_t n);
int __wrap_write_all(int fd, const char *p, size_t n) {
  CHECK(fd == STDOUT_FILENO || fd == STDERR_FILENO);
  CHECK(n <= sizeof out - out_size);
  memcpy(out + out_size, p, n);
  out_size += n;
  return 0;
}

/* ---- What may come out ---- */

/* RFC 3629 4. Its size, or 0. */
static size_t read_utf8(const uint8_t *p, size_t n, uint32_t *c) {
  size_t size = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
  static const uint8_t bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (size > n || (p[0] >= 0x80 && p[0] < 0xc0) || p[0] > 0xf4) return 0;
  *c = p[0] & bits[size];
  for (size_t i = 1; i < size; i++) {
    if (p[i] >> 6 != 2) return 0;
    *c = *c << 6 | (p[i] & 0x3f);
  }
  bool good = *c >= least[size] && *c <= 0x10ffff && *c >> 11 != 0x1b;
  return good ? size : 0;
}

static bool drives_terminal(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200b || c == 0x200e ||
         c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void check_text(const char *p, size_t n) {
  uint32_t c;
  for (size_t i = 0, size; i < n; i += size) {
    size = read_utf8((const uint8_t *)p + i, n - i, &c);
    CHECK(size > 0);
    CHECK(!drives_terminal(c));
  }
}

static void check_secrets(const char *p, size_t n) {
  for (size_t i = 0; i < SECRETS; i++)
    CHECK(fuzz_count((moat_span){p, n}, (moat_span){secrets[i], sizes[i]}) == 0);
}

/* ---- What goes in ---- */

/* Visible ASCII without the star that hides it, of which a text about nothing has none. */
static void fill_secrets(fuzz_input in) {
  for (size_t i = 0; i < SECRETS; i++)
    for (size_t k = 0; k < sizes[i]; k++) {
      char c = (char)('!' + (fuzz_byte(&in) + 7 * i + k) % 94);
      secrets[i][k] = c == '*' ? '+' : c;
    }
}

static void put_percent(char *to, size_t *n, const char *from, size_t size, bool all) {
  for (size_t i = 0; i < size; i++)
    if (all || !strchr("abcdefghijklmnopqrstuvwxyz0123456789", from[i]))
      *n += (size_t)sprintf(to + *n, i % 2 ? "%%%02x" : "%%%02X", (unsigned)from[i]);
    else
      to[(*n)++] = from[i];
}

/* With something in it that will not be seen. */
static void put_broken(char *to, size_t *n, const char *from, size_t size, const char *between) {
  memcpy(to + *n, from, size / 2);
  *n += size / 2;
  memcpy(to + *n, between, strlen(between));
  *n += strlen(between);
  memcpy(to + *n, from + size / 2, size - size / 2);
  *n += size - size / 2;
}

static void put_secret(char *to, size_t *n, size_t which, char how) {
  const char *secret = secrets[which];
  size_t size = sizes[which];
  switch (how) {
  case '1': put_broken(to, n, secret, size, ""); break;
  case 'a': put_percent(to, n, secret, size, false); break;
  case 'A': put_percent(to, n, secret, size, true); break;
  case 'i': put_broken(to, n, secret, size, "\xe2\x80\x8b"); break;
  case 'I': put_broken(to, n, secret, size, "\x1b[1m"); break;
  default: put_broken(to, n, secret, size, "\x01"); break;
  }
}

/* In the text, \1 to \8 stand for a secret, \a to \h and \A to \H for one that is percent-encoded,
 * as far as need be or each byte of it, and \i to \p, \I to \P and \q to \x for a broken one. */
static char *expand(fuzz_input in) {
  static const char ways[] = "1aAiIq";
  char *text = fuzz_memory(in.n * 3 * LONGEST / 2 + 1, 0);
  size_t n = 0;
  while (in.n) {
    char c = (char)fuzz_byte(&in), next = in.n ? (char)*in.p : 0;
    const char *way = ways;
    while (*way && (size_t)(next - *way) >= SECRETS)
      way++;
    if (c != '\\' || !*way) {
      text[n++] = c;
      continue;
    }
    (void)fuzz_byte(&in);
    put_secret(text, &n, (size_t)(next - *way), *way);
  }
  return text;
}

/* ---- The ways out ---- */

static void clean(moat_span text, size_t size) {
  char *to = fuzz_memory(size, 0x5a), *again = fuzz_memory(size, 0x5a);
  size_t n = term_clean(text, to, size);
  CHECK(n < size && to[n] == 0 && n <= text.n);
  check_text(to, n);
  /* Cleaning twice finds nothing more to do. */
  CHECK(term_clean((moat_span){to, n}, again, size) == n && memcmp(to, again, n) == 0);
  free(to);
  free(again);
}

static void check_line(const char *before) {
  size_t skip = strlen(before);
  CHECK(out_size > skip && memcmp(out, before, skip) == 0 && out[out_size - 1] == '\n');
  check_text(out + skip, out_size - skip - 1);
  check_secrets(out + skip, out_size - skip - 1);
}

static void speak_to_person(const char *text, bool hints) {
  out_size = 0;
  CHECK(say(CLI_FAILED, "%s", hints ? "failed" : text) == CLI_FAILED);
  if (hints) {
    out_size = 0;
    hint("%s", text);
  }
  check_line(hints ? "  " : "moat: ");
  for (const char *p = term_said(); *p; p = strchr(p, '\n') + 1) {
    check_text(p, strcspn(p, "\n"));
    check_secrets(p, strcspn(p, "\n"));
  }
}

static void speak_to_program(const char *text) {
  out_size = 0;
  CHECK(print("%s", text) == CLI_OK);
  check_line("");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  size_t room = fuzz_byte(&in) + 1u;
  fill_secrets(fuzz_part(&in));
  hide_forget();
  for (size_t i = 0; i < SECRETS; i++)
    hide_secret((moat_span){secrets[i], sizes[i]});
  char *text = expand(in);
  moat_span exact = {fuzz_copy(text, strlen(text)), strlen(text)};
  clean(exact, room);
  clean(exact, exact.n + 1);
  if (room % 3)
    speak_to_person(text, room % 3 == 2);
  else
    speak_to_program(text);
  free((char *)(uintptr_t)exact.p);
  free(text);
  return 0;
}
