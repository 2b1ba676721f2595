/* What the program shows: foreign text is cleaned, lines are cut, a device code is prompted for. */
#include <stdio.h>
#include <stdlib.h>

#include "screen_fixture.h"
#include "signin/show_code.h"
#include "terminal/qr.h"
#include "terminal/window.h"

/* ---- What was shown ---- */

static char shown[65536]; /* by what was called between capture() and release() */
static int kept[2];
static FILE *capturing;

/* Both streams, in the order in which a terminal shows them. */
static void capture(void) {
  capturing = tmpfile();
  assert_non_null(capturing);
  fflush(NULL);
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
    kept[fd - 1] = dup(fd);
    assert_int_equal(dup2(fileno(capturing), fd), fd);
  }
}

static void release(void) {
  for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
    (void)dup2(kept[fd - 1], fd);
    close(kept[fd - 1]);
  }
  rewind(capturing);
  shown[fread(shown, 1, sizeof shown - 1, capturing)] = '\0';
  fclose(capturing);
}

/* ---- Cleaning ---- */

static void test_sequences(void **state) {
  (void)state;
  cleans(SPAN("plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80"),
         "plain \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80");
  cleans(SPAN("a\tb\r\nc\0d\x7f"), "a bcd");
  cleans(SPAN("a\033[31;1mb\033[2J\033[Hc"), "abc");
  cleans(SPAN("a\033]0;title\007b\033]8;;x\033\\c"), "abc");
  cleans(SPAN("a\033Pq#0\033\\b\033^x\033\\c\033_y\007d"), "abcd");
  cleans(SPAN("a\033(Bb\033cc\033"), "abc");
  cleans(SPAN("a\033[12"), "a");
  cleans(SPAN("a\xC2\x9B"
              "2Jb\xC2\x9D"
              "c"),
         "a2Jbc"); /* C1 in UTF-8 */
  cleans(SPAN("a\x9B"
              "2Jb\x85"
              "c"),
         "a2Jbc"); /* C1 as a single byte */
}

static void test_invalid_utf8(void **state) {
  (void)state;
  cleans(SPAN("a\xC3"), "a");
  cleans(SPAN("a\xE2\x82"
              "b"),
         "ab");
  cleans(SPAN("a\xF0\x9F\x98"), "a");
  cleans(SPAN("\xC0\xAF\xE0\x80\xAF\xF0\x80\x80\xAF"), ""); /* overlong */
  cleans(SPAN("\xED\xA0\x80\xED\xBF\xBF"), "");             /* surrogates */
  cleans(SPAN("\xF4\x90\x80\x80\xF5\xFE\xFF"), "");         /* beyond U+10FFFF */
  cleans(SPAN("\x80\xBF"), "");
}

static void test_every_character(void **state) {
  (void)state;
  unsigned dropped = 0;
  for (uint32_t c = 0; c < 0x110000; c++) {
    char text[4], out[8];
    size_t n = utf8_encode(c, text), length = term_clean((moat_span){text, n}, out, sizeof out);
    bool surrogate = c >= 0xd800 && c < 0xe000;
    if (length == 0) dropped++;
    if (length > 0 && c != '\t') assert_true(length == n && memcmp(text, out, n) == 0);
    if (!may_be_seen(c) && c != '\t') assert_int_equal(length, 0);
    if (surrogate) assert_int_equal(length, 0);
  }
  /* Nothing else is removed but noncharacters and unassigned characters. */
  assert_in_range(dropped, 2048, 2048 + 4096 + 256);
}

static void test_cut_between_characters(void **state) {
  (void)state;
  static const char text[] = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80";
  static const size_t lengths[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
  for (size_t size = 1; size <= 12; size++) {
    char *out = malloc(size);
    assert_int_equal(term_clean(moat_str(text), out, size), lengths[size - 1]);
    assert_int_equal(strlen(out), lengths[size - 1]);
    free(out);
  }
}

/* ---- Lines ---- */

static void test_lines(void **state) {
  (void)state;
  hide_secret(SPAN("s3cret"));
  capture();
  int status = say(CLI_LATER, "the server says %s: %s",
                   "s3\xE2\x80\x8B"
                   "cret",
                   "\033[2J\x9B\xC2\x9B"
                   "no");
  hint("and %.9s", "s3crs3cret");
  int printed = print("s3%s", "cret");
  release();
  assert_int_equal(status, CLI_LATER);
  assert_int_equal(printed, CLI_OK);
  assert_string_equal(shown, "moat: the server says ******: no\n  and s3cr*****\n******\n");
  assert_string_equal(term_said(), "the server says ******: no\nand s3cr*****\n");
}

/* A long line is cut between two characters, and the cut is marked. */
static void test_long_lines(void **state) {
  (void)state;
  static char text[20000];
  for (size_t i = 0; i + 3 < sizeof text; i += 3)
    memcpy(text + i, "\xE2\x82\xAC", 3);
  for (size_t shift = 0; shift < 3; shift++) {
    capture();
    hint("%.*s%s", (int)shift, "aa", text);
    release();
    size_t n = strlen(shown);
    assert_in_range(n, 8000, 8300);
    assert_string_equal(shown + n - 4, "\u2026\n");
    shown[n - 1] = '\0';
    assert_safe(shown, n - 1);
  }
}

/* A secret stands where a line is cut. */
static void test_long_lines_hide(void **state) {
  (void)state;
  static char text[9000];
  hide_secret(SPAN("s3cret-value"));
  for (size_t at = 8191 - 12; at < 8191; at++) {
    memset(text, 'x', sizeof text - 1);
    memcpy(text + at, "s3cret-value", 12);
    capture();
    (void)print("%s", text);
    release();
    assert_null(strstr(shown, "s3cr"));
  }
}

/* ---- The prompt of a sign-in by device code ---- */

enum { FOOT = 2 }; /* rows of the time that is counted below the prompt */

static char drawn[4096]; /* what the QR code encodes; empty if there is none */
static window seen;      /* without columns there is no terminal */
static window qr;
const bool qr_built_in = true;

bool window_find(int fd, window *w) {
  (void)fd;
  if (seen.columns) *w = seen;
  return seen.columns > 0;
}

bool qr_make(const char *uri, window *needed) {
  (void)snprintf(drawn, sizeof drawn, "%s", uri);
  *needed = qr;
  return true;
}

size_t qr_row(int y, char row[QR_ROW_SIZE]) {
  return (size_t)sprintf(row, "QR%-*d", qr.columns - 2, y);
}

static void show_prompt(moat_span complete, bool other_host, bool with_qr) {
  moat_device_prompt p = {.device_code = SPAN("ABCD-EFGH-the-device-code"),
                          .user_code = SPAN("ABCD-EFGH"),
                          .verification_uri = SPAN("https://login.example/device"),
                          .verification_uri_complete = complete,
                          .other_host = other_host};
  drawn[0] = '\0';
  capture();
  int status = show_code(&p, with_qr);
  release();
  assert_int_equal(status, CLI_OK);
}

static int count(const char *text) {
  int n = 0;
  for (const char *at = shown; (at = strstr(at, text)) != NULL; at++)
    n++;
  return n;
}

static void test_prompt_parts(void **state) {
  (void)state;
  static const char plain[] = "https://login.example/device";
  static const char complete[] = "https://login.example/device?c=ABCD-EFGH";
  seen = (window){80, 60};
  qr = (window){37, 19};
  for (int i = 0; i < 2; i++) {
    show_prompt(moat_str(i ? complete : NULL), false, true);
    assert_string_equal(drawn, i ? complete : plain);
    const char *last = strstr(shown, "QR18 "), *code = strstr(shown, "\n  ABCD-EFGH\n");
    const char *uri = strstr(shown, "\n  https://login.example/device\n");
    assert_true(last && uri && code && last < uri && uri < code);
    assert_int_equal(strstr(shown, "has the code in it") != NULL, i);
    assert_non_null(strstr(shown, "Before you enter the code, check"));
  }
  seen.columns = 0; /* a pipe */
  show_prompt(moat_str(complete), false, true);
  assert_int_equal(count("QR"), 0);
  assert_non_null(strstr(shown, "\n\n  https://login.example/device\n\n"));
  assert_non_null(strstr(shown, "\n\n  ABCD-EFGH\n\n"));
}

/* The row of a window in which `text` ends, counted from the end; rows are wrapped. */
static int row_of(const char *text) {
  int found = 0, all = 0;
  for (const char *line = shown; *line; line += strcspn(line, "\n") + 1) {
    int n = (int)strcspn(line, "\n");
    const char *at = strstr(line, text);
    if (at && at < line + n)
      found = all + ((int)(at - line) + (int)strlen(text) - 1) / seen.columns;
    all += n ? 1 + (n - 1) / seen.columns : 1;
    /* Wrapped, a row of the QR code, or one of the text beside it, could not be read. */
    assert_true(n <= seen.columns || line[0] == ' ');
  }
  return all - found;
}

/* In any window the prompt ends with the address and the code in view. A QR code is shown
 * whole, and only where its last row is in view as well. */
static void test_prompt_in_every_window(void **state) {
  (void)state;
  static const window codes[] = {{33, 17}, {37, 19}, {57, 29}};
  int below = 0, beside = 0, without = 0;
  for (int i = 0; i < 3; i++)
    for (seen.rows = 8; seen.rows < 64; seen.rows++)
      for (seen.columns = 28; seen.columns < 130; seen.columns += 3) {
        qr = codes[i];
        show_prompt(moat_str(NULL), i == 1, true);
        int room = seen.rows - FOOT, last = row_of("QR0 ");
        assert_in_range(row_of("https://login.example/device"), 1, room);
        assert_in_range(row_of("ABCD-EFGH"), 1, room);
        assert_int_equal(count("QR") == 0 || count("QR") == qr.rows, 1);
        if (count("QR")) assert_in_range(last, 1, room);
        bool is_beside = count("QR") && !strncmp(shown, "QR0", 3) &&
                         strstr(shown, "address") < strchr(shown, '\n');
        below += count("QR") && !is_beside;
        beside += is_beside;
        without += !count("QR");
      }
  assert_true(below > 100 && beside > 100 && without > 100);
}

static void test_prompt_of_another_host(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
    seen = (window){80, 60};
    show_prompt(SPAN("https://evil.example/device?c=ABCD-EFGH"), true, i);
    assert_string_equal(drawn, i ? "https://login.example/device" : "");
    assert_non_null(strstr(shown, "another host"));
    assert_null(strstr(shown, "evil"));
    assert_null(strstr(shown, "must show the same"));
    assert_non_null(strstr(shown, "\n  ABCD-EFGH\n"));
  }
}

static void test_prompt_keeps_the_device_code(void **state) {
  (void)state;
  show_prompt(SPAN("https://login.example/?d=ABCD-EFGH-the-device-code"), false, true);
  assert_string_equal(drawn, "");
  cleans(SPAN("ABCD-EFGH-the-device-code"), "*************************");
}

/* ---- Lines on a terminal ---- */

/* Breaks are at spaces alone, characters count and not bytes, and a table keeps its columns. */
static void test_wrapped(void **state) {
  (void)state;
  static const char word[] = "https://host.example/as/long/as/it/is";
  seen = (window){30, 24};
  capture();
  (void)say(CLI_OK, "12345678901234567890 234 %s end", word);
  hint("%s", word);
  hint("\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4 12345678901234567890 23 %s", "next");
  (void)print("label:  one two three four five six");
  release();
  assert_string_equal(shown, "moat: 12345678901234567890 234\n"
                             "      https://host.example/as/long/as/it/is\n"
                             "      end\n"
                             "  https://host.example/as/long/as/it/is\n"
                             "  \xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4 12345678901234567890 23\n"
                             "  next\n"
                             "label:  one two three four\n"
                             "        five six\n");
  assert_non_null(strstr(term_said(), " next\n")); /* for the page in the browser: not wrapped */
  seen = (window){0, 0};
  capture();
  hint("%s %s %s %s", word, word, word, word);
  (void)print_wrapped("%s %s %s", word, word, word);
  release();
  assert_non_null(strstr(shown, "is https://host.example/as/long/as/it/is https"));
  assert_non_null(strstr(shown, "is\nhttps"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      ROW(test_sequences),
      ROW(test_invalid_utf8),
      ROW(test_every_character),
      ROW(test_cut_between_characters),
      ROW(test_lines),
      ROW(test_long_lines),
      ROW(test_long_lines_hide),
      ROW(test_prompt_parts),
      ROW(test_prompt_in_every_window),
      ROW(test_wrapped),
      ROW(test_prompt_of_another_host),
      ROW(test_prompt_keeps_the_device_code),
  };
  return cmocka_run_group_tests_name("screen", tests, NULL, NULL);
}
