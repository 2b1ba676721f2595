/* What reaches a screen: cleaned first, and then without secrets. */
#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "files.h"
#include "signin/show_code.h"
#include "terminal/hide.h"
#include "terminal/qr.h"
#include "terminal/term.h"
#include "terminal/utf8.h"

#define SPAN(literal) ((moat_span){literal, sizeof(literal) - 1})

/* ---- What was shown ---- */

static char shown[65536]; /* by the last call between capture() and release() */
static int kept[2];
static FILE *capturing;

/* Both streams, in the order in which a terminal has them. */
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

static int forget(void **state) {
  (void)state;
  hide_forget();
  return 0;
}

static void cleans(moat_span text, const char *expected) {
  char out[256];
  size_t n = term_clean(text, out, sizeof out);
  assert_string_equal(out, expected);
  assert_int_equal(n, strlen(expected));
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
         "a2Jbc"); /* and in a byte of its own */
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

/* ISO 6429's controls, and what Unicode says has no shape of its own. */
static bool may_be_seen(uint32_t c) {
  bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  bool bidi = c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
              (c >= 0x2066 && c <= 0x2069);
  bool zero_width = c == 0xad || c == 0x34f || c == 0x180e || (c >= 0x200b && c <= 0x200d) ||
                    (c >= 0x2060 && c <= 0x2064) || c == 0xfeff;
  bool filler = c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0;
  bool separator = c == 0x2028 || c == 0x2029;
  bool variation = (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef);
  bool tag = c >= 0xe0000 && c <= 0xe007f;
  return !(control || bidi || zero_width || filler || separator || variation || tag);
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
  /* Nothing else goes but the noncharacters and what is not given a meaning yet. */
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

/* ---- Hiding ---- */

static void test_spellings(void **state) {
  static const struct {
    const char *secret, *text, *expected;
  } cases[] = {
      {"s3cret/+v", "it is s3cret/+v!", "it is *********!"},
      {"s3cret/+v", "s3cret%2F%2bv s3cret%2f%2Bv %733cret/+v",
       "************* ************* ***********"},
      {"s3cret/+v", "s3cret\\/\\u002Bv \\u0073\\x33cret/+v", "*************** *****************"},
      {"s3cret/+v", "s3cret&#47;&#x2B;v &#115;3cret/+v", "****************** **************"},
      {"a b<c>&\"d", "a+b%3Cc%3E%26%22d a b&lt;c&gt;&amp;&quot;d",
       "***************** ************************"},
      {"a b<c>&\"d", "a b&ltc&gt&amp&quotd", "********************"},
      {"p\xC3\xA4ss", "p%C3%A4ss p\\u00e4ss p&#228;ss", "********* ********* *********"},
      {"x\xF0\x9F\x98\x80yz", "x\\ud83d\\ude00yz x%F0%9F%98%80yz",
       "*************** ***************"},
      /* escapes of escapes, and what is dropped among them */
      {"s3cret/+v", "s3cret%252F%25252Bv s3cret\\\\u002f\\\\\\u002bv",
       "******************* **********************"},
      {"s3cret/+v", "s3cret&amp;#47;%26%23x2B;v s3cret%5C/\\x2bv",
       "************************** ***************"},
      {"s3cret", "s3\\u200bcret s3%E2%80%8Bcret s3&#xE0041;cret",
       "************ *************** ***************"},
      {"a\\u0041\"%41&amp;",
       "a\\\\u0041\\\"%41&amp; a%5Cu0041%22%2541%26amp%3B a\\u0041&quot;%41&amp;amp;",
       "****************** ************************** *************************"},
      /* what looks like an escape and is none */
      {"100%25", "100%25 100%2525", "****** ********"},
      {"100%x", "100%25x 100%x", "******* *****"},
      {"a\\u0041b", "a\\u0041b a\\\\u0041b a%5Cu0041b", "******** ********* **********"},
      {"a&amp;b", "a&amp;b a&amp;amp;b", "******* ***********"},
      /* one character of a secret may be many */
      {"s3cret", "s3cre s3cret s3crex", "s3cre ****** s3crex"},
      {"aaab", "aaaab", "a****"},
      /* what is dropped cannot hide it */
      {"s3cret",
       "s3\xE2\x80\x8B"
       "cret",
       "******"},
      {"s3cret",
       "s\033[0m3\xE2\x80\xAE"
       "c\xC2\x9B"
       "r\xF3\xA0\x81\xA1"
       "e\xEF\xB8\x8F"
       "t\r",
       "******"},
      {"s3\xE2\x80\x8B"
       "cret",
       "s3cret s3%E2%80%8Bcret s3\xE2\x80\x8B"
       "cret",
       "****** *************** ******"},
      {"s3\tcret", "s3 cret s3%09cret s3\\tcret", "******* ********* ********"},
      {"s3\xFF"
       "cret",
       "s3cret s3%FFcret s3\xFF"
       "cret",
       "****** ********* ******"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    hide_secret(moat_str(cases[i].secret));
    cleans(moat_str(cases[i].text), cases[i].expected);
    forget(state);
  }
}

/* RFC 6749 2.3.1: form-encoded first, or not; RFC 4648's alphabets, with padding or without. */
static void test_basic(void **state) {
  (void)state;
  hide_client(SPAN("my app"), SPAN("s:e c?r~\xC3\xBF\xC3\xBF"));
  /* my app:s:e c?r~ÿÿ */
  cleans(SPAN("bXkgYXBwOnM6ZSBjP3J+w7/Dvw=="), "**************************==");
  cleans(SPAN("bXkgYXBwOnM6ZSBjP3J-w7_Dvw"), "**************************");
  cleans(SPAN("bXkgYXBwOnM6ZSBjP3J%2Bw7%2fDvw%3D%3D"), "******************************%3D%3D");
  cleans(SPAN("bXkgYXBwOnM6ZSBjP3J+w7\\/Dvw"), "***************************");
  cleans(SPAN("bXkgYXBwOnM6ZSBjP3J w7/Dvw"), "**************************"); /* form-decoded */
  /* my+app:s%3Ae+c%3Fr%7E%C3%BF%C3%BF */
  cleans(SPAN("Basic bXkrYXBwOnMlM0FlK2MlM0ZyJTdFJUMzJUJGJUMzJUJG"),
         "Basic ********************************************");
  cleans(SPAN("s%3Ae+c%3Fr%7E%C3%BF%C3%BF"), "**************************");
  cleans(SPAN("my app"), "my app"); /* no secret */
}

/* A client without a secret has no credential to hide. */
static void test_basic_of_nothing(void **state) {
  (void)state;
  hide_client(SPAN("public"), (moat_span){NULL, 0});
  cleans(SPAN("public: cHVibGljOg=="), "public: cHVibGljOg==");
}

static void test_overlaps(void **state) {
  (void)state;
  hide_secret(SPAN("abcd"));
  hide_secret(SPAN("abcdefgh"));
  hide_secret(SPAN("ghijk"));
  cleans(SPAN("abcdefghijklm"), "***********lm");
  cleans(SPAN("abcdabcd abcdefg"), "******** ****efg");
}

/* The last byte of the one begins an escape with the first two of the other. */
static void test_secrets_with_an_escape_between(void **state) {
  (void)state;
  hide_secret(SPAN(">~R%"));
  hide_secret(SPAN("6789:;<=>"));
  cleans(SPAN("a>~R%6789%3A%3b%3C%3D%3Eb"), "a***********************b");
}

/* Base64 comes in lines, and whoever shows it makes blanks of their ends. */
static void test_long_ones_in_lines(void **state) {
  (void)state;
  static const char id[] = "client", secret[] = "a secret that is long";
  hide_client(moat_str(id), moat_str(secret)); /* Y2xpZW50OmEgc2VjcmV0IHRoYXQgaXMgbG9uZw */
  cleans(SPAN("Basic Y2xpZW50OmEg c2VjcmV0IHRo  YXQgaXMg bG9uZw== it was"),
         "Basic ******************************************== it was");
  cleans(SPAN("Y2xpZW50OmEgc2VjcmV0\\r\\nIHRoYXQgaXMgbG9uZw"),
         "******************************************");
  cleans(SPAN("Y2xpZW50OmEg\tc2VjcmV0\r\n IHRoYXQgaXMgbG9uZw"),
         "****************************************");
  cleans(SPAN("a  secret that is lo ng, a secret"), "***********************, a secret");
  hide_secret(SPAN("0123+567++ABCDEF"));
  cleans(SPAN("0123+56 7++ABCDEF 0123 567  ABCDEF 0123 +567+ +ABC DEF"),
         "***************** **************** *******************");
  hide_secret(SPAN("fifteen letters"));
  cleans(SPAN("fifteen letters fif teen letters"), "*************** fif teen letters");
}

static void test_short_ones_alone(void **state) {
  (void)state;
  hide_secret(SPAN("abc"));
  hide_secret(SPAN("x"));
  cleans(SPAN("abc xabc abcd (abc) id=abc&x=x %61bc \xC3\xA4"
              "abc"),
         "*** xabc abcd (***) id=***&*=* ***** \xC3\xA4"
         "abc");
}

static void test_absent_hides_nothing(void **state) {
  (void)state;
  hide_secret((moat_span){NULL, 0});
  hide_secret(SPAN(""));
  hide_secret(SPAN("\n\r"));
  cleans(SPAN("all of it"), "all of it");
}

/* Buffers are wiped and used again, long before the last line. */
static void test_copies(void **state) {
  (void)state;
  char *buffer = malloc(6);
  memcpy(buffer, "s3cret", 6);
  hide_secret((moat_span){buffer, 6});
  memcpy(buffer, "public", 6);
  cleans(SPAN("s3cret public"), "****** public");
  free(buffer);
  cleans(SPAN("s3cret public"), "****** public");
}

/* A first part of four bytes counts where the text was cut, also in the middle of an escape. */
static void test_cut_in_a_secret(void **state) {
  (void)state;
  static const char *const spelled[] = {
      "id secret/value",
      "id secret%2Fvalue",
      "id %73%65%63%72%65%74%2f%76%61%6c%75%65",
      "id secret\\/value",
      "id \\u0073\\u0065\\u0063\\u0072\\u0065\\u0074\\u002f\\u0076",
      "id \\x73\\x65\\x63\\x72\\x65\\x74\\x2f",
      "id &#115;&#101;&#99;&#114;&#x65;&#x74;&#x2f;&#118;",
      "id secr%2565t"};
  static const size_t four[] = {4, 4, 12, 4, 24, 16, 23, 4}; /* bytes that stand for "secr" */
  char out[64];
  hide_secret(SPAN("secret/value"));
  for (size_t i = 0; i < sizeof spelled / sizeof *spelled; i++)
    for (size_t size = 1; size <= strlen(spelled[i]); size++) {
      size_t n = term_clean(moat_str(spelled[i]), out, size);
      size_t stars = n < 3 + four[i] ? 0 : n - 3;
      assert_int_equal(n, size - 1);
      if (strspn(out + n - stars, "*") != stars || memchr(out, '*', n - stars))
        fail_msg("%s of %s", out, spelled[i]);
    }
  /* What is whole is shown as it is. */
  cleans(SPAN("id secret"), "id secret");
  /* No escape begins with these: what follows them is searched all the same. */
  static const char *const tails[] = {"%1x secr%65t", "%s%65cret", "\\u1secr%65t", "&secr%65t"};
  for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
    size_t n = term_clean(moat_str(tails[i]), out, strlen(tails[i]));
    if (out[n - 1] != '*') fail_msg("%s", out);
  }
}

/* Whatever does not fit must not come out: nothing does then. */
static void test_more_than_can_be_kept(void **state) {
  static char large[1 << 20];
  char secret[16];
  for (unsigned i = 0; i < 200; i++) {
    (void)snprintf(secret, sizeof secret, "secret-%03u", i);
    hide_secret(moat_str(secret));
    hide_secret(moat_str(secret)); /* once is enough */
    char out[32], text[32];
    (void)snprintf(text, sizeof text, "it is %s", secret);
    term_clean(moat_str(text), out, sizeof out);
    assert_null(strstr(out, secret));
    if (i < 32) assert_string_equal(out, "it is **********");
  }
  cleans(SPAN("words"), "*****");
  forget(state);
  cleans(SPAN("words"), "words");
  memset(large, 's', sizeof large);
  hide_secret((moat_span){large, sizeof large});
  cleans(SPAN("words"), "*****");
}

/* ---- Any bytes at all ---- */

static uint64_t random_state;

static uint32_t any(uint32_t below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (uint32_t)(random_state >> 33) % below;
}

typedef struct {
  char p[8192];
  size_t n;
} bytes;

static void put(bytes *t, const char *p, size_t n) {
  if (n > sizeof t->p - t->n) return;
  memcpy(t->p + t->n, p, n);
  t->n += n;
}

/* Characters of a secret, some of which have to be escaped, and some of which are dropped inside.
 */
static void make_secret(bytes *t) {
  static const char *const some[] = {"a",
                                     "b",
                                     "7",
                                     "%",
                                     "\\",
                                     "&",
                                     "+",
                                     "/",
                                     "-",
                                     "_",
                                     " ",
                                     "\"",
                                     "<",
                                     "u",
                                     "x",
                                     "#",
                                     ";",
                                     "amp",
                                     "41",
                                     "\xC3\xA4",
                                     "\xE2\x82\xAC",
                                     "\xF0\x9F\x98\x80",
                                     "\xE2\x80\x8B",
                                     "\xFF"};
  t->n = 0;
  put(t, "s", 1);
  for (uint32_t n = 4 + any(20); n > 0; n--) {
    const char *c = some[any(sizeof some / sizeof *some)];
    put(t, c, strlen(c));
  }
  put(t, "t", 1);
}

/* One character in one of the ways in which it may be written. */
static void put_spelled(bytes *t, const char *c, size_t n, uint32_t way) {
  char written[32];
  uint32_t point = 0;
  (void)utf8_decode(c, n, &point);
  int size = 0;
  if (way == 1) {
    for (size_t i = 0; i < n; i++) {
      size = snprintf(written, sizeof written, any(2) ? "%%%02x" : "%%%02X", (unsigned char)c[i]);
      put(t, written, (size_t)size);
    }
    return;
  }
  if (way == 2 && point < 0x10000) size = snprintf(written, sizeof written, "\\u%04x", point);
  if (way == 3) size = snprintf(written, sizeof written, any(2) ? "&#%u;" : "&#x%X;", point);
  put(t, size ? written : c, size ? (size_t)size : n);
}

static void put_all_spelled(bytes *t, const bytes *secret, uint32_t way) {
  uint32_t c;
  for (size_t i = 0, n; i < secret->n; i += n) {
    n = utf8_decode(secret->p + i, secret->n - i, &c);
    if (!n) n = 1;
    put_spelled(t, secret->p + i, n, way);
  }
}

/* As it is, with what is dropped in between. */
static void put_split(bytes *t, const bytes *secret) {
  static const char *const dropped[] = {"\xE2\x80\x8B",     "\033[1m", "\x9B",        "\xC2\x85",
                                        "\xF3\xA0\x81\x81", "\r",      "\xEF\xB8\x8F"};
  uint32_t c;
  for (size_t i = 0, n; i < secret->n; i += n) {
    const char *d = dropped[any(sizeof dropped / sizeof *dropped)];
    n = utf8_decode(secret->p + i, secret->n - i, &c);
    if (!n) n = 1;
    if (any(4) == 0) put(t, d, strlen(d));
    put(t, secret->p + i, n);
  }
}

/* Spelled once, or twice, or not at all. */
static void put_secret(bytes *t, const bytes *secret) {
  static bytes once, twice;
  bool valid =
      utf8_ok((moat_span){secret->p, secret->n}); /* or else neither JSON nor HTML has it */
  once.n = twice.n = 0;
  put_all_spelled(&once, secret, any(valid ? 4 : 2));
  put_all_spelled(&twice, &once, any(4));
  put_split(t, &twice);
}

static void put_noise(bytes *t) {
  for (uint32_t n = any(24); n > 0; n--) {
    char c[4];
    if (any(3) == 0)
      put(t, c, utf8_encode(any(0x110000), c));
    else
      put(t, &(char){(char)any(256)}, 1);
  }
}

static void assert_safe(const char *out, size_t n) {
  size_t step;
  for (size_t i = 0; i < n; i += step) {
    uint32_t c = 0;
    step = utf8_decode(out + i, n - i, &c);
    assert_int_not_equal(step, 0);
    assert_true(may_be_seen(c));
  }
  assert_int_equal(strlen(out), n);
}

static void test_any_bytes(void **state) {
  static bytes secrets[3], t;
  static char seen[3][sizeof t.p + 1];
  random_state = 20261129;
  for (int round = 0; round < 2000; round++) {
    for (int i = 0; i < 3; i++) {
      make_secret(&secrets[i]);
      /* before any is hidden: how it looks */
      term_clean((moat_span){secrets[i].p, secrets[i].n}, seen[i], sizeof seen[i]);
    }
    for (int i = 0; i < 3; i++)
      hide_secret((moat_span){secrets[i].p, secrets[i].n});
    t.n = 0;
    for (uint32_t parts = any(6); parts > 0; parts--) {
      put_noise(&t);
      put_secret(&t, &secrets[any(3)]);
    }
    size_t size = 1 + any(2) * any(200) + any(2) * (uint32_t)sizeof t.p;
    char *out = malloc(size);
    size_t n = term_clean((moat_span){t.p, t.n}, out, size);
    assert_true(n < size);
    assert_safe(out, n);
    for (int i = 0; i < 3; i++)
      if (strlen(seen[i]) >= 4) assert_null(strstr(out, seen[i]));
    free(out);
    forget(state);
  }
}

/* Each way of writing one, alone: nothing of it is left. */
static void test_any_secret(void **state) {
  static bytes secret, t;
  static char out[sizeof t.p + 1];
  random_state = 7;
  for (int round = 0; round < 2000; round++) {
    make_secret(&secret);
    hide_secret((moat_span){secret.p, secret.n});
    t.n = 0;
    put_secret(&t, &secret);
    size_t n = term_clean((moat_span){t.p, t.n}, out, sizeof out);
    assert_true(n > 0);
    assert_int_equal(strspn(out, "*"), n);
    forget(state);
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

/* Of any length: between two characters, and with a mark. */
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

/* A secret at the place where a line is cut. */
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

static char drawn[4096]; /* what the QR code is of; empty: none */
const bool qr_built_in = true;

bool qr_show(const char *uri) {
  (void)snprintf(drawn, sizeof drawn, "%s", uri);
  return print("QR") == CLI_OK;
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

/* A QR code is higher than what comes after it, and the address is to be compared. */
static void test_prompt_order(void **state) {
  (void)state;
  static const char plain[] = "https://login.example/device";
  static const char complete[] = "https://login.example/device?c=ABCD-EFGH";
  for (int i = 0; i < 2; i++) {
    show_prompt(moat_str(i ? complete : NULL), false, true);
    assert_string_equal(drawn, i ? complete : plain);
    const char *qr = strstr(shown, "QR\n"), *code = strstr(shown, "\n  ABCD-EFGH\n");
    const char *uri = strstr(shown, "\n  https://login.example/device\n");
    assert_true(qr && uri && code && qr < uri && uri < code);
    assert_int_equal(strstr(shown, "has the code in it") != NULL, i);
  }
}

static void test_prompt_of_another_host(void **state) {
  (void)state;
  for (int i = 0; i < 2; i++) {
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

int main(void) {
#define ROW(name) cmocka_unit_test_teardown(name, forget)
  const struct CMUnitTest tests[] = {
      ROW(test_sequences),
      ROW(test_invalid_utf8),
      ROW(test_every_character),
      ROW(test_cut_between_characters),
      ROW(test_spellings),
      ROW(test_basic),
      ROW(test_basic_of_nothing),
      ROW(test_overlaps),
      ROW(test_secrets_with_an_escape_between),
      ROW(test_long_ones_in_lines),
      ROW(test_short_ones_alone),
      ROW(test_absent_hides_nothing),
      ROW(test_copies),
      ROW(test_cut_in_a_secret),
      ROW(test_more_than_can_be_kept),
      ROW(test_any_bytes),
      ROW(test_any_secret),
      ROW(test_lines),
      ROW(test_long_lines),
      ROW(test_long_lines_hide),
      ROW(test_prompt_order),
      ROW(test_prompt_of_another_host),
      ROW(test_prompt_keeps_the_device_code),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
