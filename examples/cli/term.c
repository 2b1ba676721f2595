/* What is printed goes through two sieves: what we know to be secret is blotted out, and what could
 * drive a terminal is dropped. Servers are free to put either into an error. */
#include "term.h"

#include "files.h"
#include "utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_SIZE = 8192, ESC = 0x1b, BEL = 0x07 };

/* Controls, C1 included; zero-width, bidi and line-breaking marks; the byte order mark. */
static bool is_unsafe(uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* Bytes of the escape sequence at p (ECMA-48): a control string up to BEL or ESC \, a control
 * sequence up to its final byte, or a short one. */
static size_t escape_size(const unsigned char *p, size_t n) {
  size_t i = 2;
  if (n < 2) return n;
  if (memchr("]PX^_", p[1], 5)) {
    while (i < n && p[i] != BEL && p[i] != ESC)
      i++;
    if (i < n && p[i] == BEL) return i + 1;
    return i + 2 < n ? i + 2 : n;
  }
  if (p[1] != '[') i = 1;
  while (i < n && p[i] >= 0x20 && p[i] < (p[1] == '[' ? 0x40 : 0x30))
    i++;
  return i < n && p[i] >= 0x30 && p[i] < 0x7f ? i + 1 : i;
}

size_t term_clean(moat_span text, char *out, size_t size) {
  const unsigned char *p = (const unsigned char *)text.p;
  size_t length = 0, step = 0;
  for (size_t i = 0; i < text.n; i += step) {
    uint32_t c = 0;
    size_t n = utf8_decode(text.p + i, text.n - i, &c);
    step = n ? n : 1;
    /* The whole sequence goes, or else its tail would stay as noise. */
    if (c == ESC) step = escape_size(p + i, text.n - i);
    if (c == '\t') c = ' ';
    if (n == 0 || is_unsafe(c)) continue;
    if (length + n >= size) break;
    if (n == 1)
      out[length] = (char)c;
    else
      memcpy(out + length, p + i, n);
    length += n;
  }
  out[length] = '\0';
  return length;
}

/* ---- Secrets that a server might say back ---- */

/* A shorter one would blot out half of every line. */
enum { HIDDEN_MAX = 8, HIDDEN_LEAST = 4 };
static moat_span hidden[HIDDEN_MAX];
static size_t hidden_count;

void term_hide(moat_span secret) {
  if (secret.n >= HIDDEN_LEAST && hidden_count < HIDDEN_MAX) hidden[hidden_count++] = secret;
}

/* A server may say a secret back form-encoded, as it came. */
static int hex(char c) {
  static const char digits[] = "0123456789abcdef0123456789ABCDEF";
  const char *at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) % 16 : -1;
}

/* Bytes of text that stand for `c`: itself, %XX, or '+' for a space. */
static size_t spelling(const char *text, char c) {
  if (*text == c || (*text == '+' && c == ' ')) return 1;
  if (*text != '%' || hex(text[1]) < 0 || hex(text[2]) < 0) return 0;
  return (char)(hex(text[1]) << 4 | hex(text[2])) == c ? 3 : 0;
}

/* Bytes at the start of text that spell the secret, or its first part where the text was cut; or 0.
 */
static size_t spells(const char *text, moat_span secret) {
  size_t at = 0;
  for (size_t i = 0, n; i < secret.n; i++, at += n) {
    if (!text[at] && i >= HIDDEN_LEAST) return at;
    if ((n = spelling(text + at, secret.p[i])) == 0) return 0;
  }
  return at;
}

/* Later ones may overlap with what is blotted already; stars spell nothing. */
static void blot(char *text) {
  for (; *text; text++)
    for (size_t i = 0; i < hidden_count; i++) {
      size_t n = spells(text, hidden[i]);
      memset(text, '*', n);
    }
}

/* ---- Lines ---- */

/* For who reads elsewhere what was said here. */
static char said[2048];
static size_t said_size;

static void note(const char *line, size_t n) {
  if (said_size + n >= sizeof said) return;
  memcpy(said + said_size, line, n);
  said_size += n;
  said[said_size] = '\0';
}

const char *term_said(void) {
  return said;
}

/* One write per line, so that lines of several processes do not mix. Returns an errno. */
static int write_line(int fd, const char *before, const char *format, va_list arguments) {
  static char raw[LINE_SIZE], line[LINE_SIZE + 16];
  int n = vsnprintf(raw, sizeof raw, format, arguments);
  if (n < 0) return EILSEQ;
  blot(raw); /* in place: no copy of it stays */
  size_t at = strlen(before);
  memcpy(line, before, at);
  at += term_clean(moat_str(raw), line + at, sizeof line - at - 1);
  line[at++] = '\n';
  if (fd == STDERR_FILENO) note(line + strlen(before), at - strlen(before));
  return write_all(fd, line, at);
}

int say(int status, const char *format, ...) {
  va_list arguments;
  said_size = 0;
  va_start(arguments, format);
  (void)write_line(STDERR_FILENO, "moat: ", format, arguments);
  va_end(arguments);
  return status;
}

int say_cancelled(void) {
  say(CLI_FAILED, "cancelled");
  hint("Nothing was sent, and nothing was changed.");
  return CLI_FAILED;
}

void hint(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  (void)write_line(STDERR_FILENO, "  ", format, arguments);
  va_end(arguments);
}

static int printed(int error) {
  if (!error) return CLI_OK;
  say(CLI_FAILED, "cannot write to standard output: %s", strerror(error));
  hint("Whatever was stored before stays stored: see moat status.");
  return CLI_FAILED;
}

int print(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int error = write_line(STDOUT_FILENO, "", format, arguments);
  va_end(arguments);
  return printed(error);
}

int print_bytes(const char *p, size_t n) {
  return printed(write_all(STDOUT_FILENO, p, n));
}

static bool format_time(int64_t seconds, const char *format, char out[TIME_SIZE]) {
  time_t t = (time_t)seconds;
  struct tm tm;
  return seconds > 0 && gmtime_r(&t, &tm) && strftime(out, TIME_SIZE, format, &tm) > 0;
}

const char *time_text(int64_t seconds, char out[TIME_SIZE]) {
  if (!format_time(seconds, "%Y-%m-%d %H:%M:%S UTC", out)) memcpy(out, "unknown", sizeof "unknown");
  return out;
}

bool time_stamp(int64_t seconds, char out[TIME_SIZE]) {
  return format_time(seconds, "%Y-%m-%dT%H:%M:%SZ", out);
}
