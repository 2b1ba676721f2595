/* Secrets are hidden in whatever is shown, in every spelling. */
#include <stdio.h>
#include <stdlib.h>

#include "screen_fixture.h"
#include "terminal/window.h"

/* Nothing here goes to a terminal. */
bool window_find(int fd, window *w) {
  (void)fd;
  (void)w;
  return false;
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
      /* escaped escapes, with dropped characters among them */
      {"s3cret/+v", "s3cret%252F%25252Bv s3cret\\\\u002f\\\\\\u002bv",
       "******************* **********************"},
      {"s3cret/+v", "s3cret&amp;#47;%26%23x2B;v s3cret%5C/\\x2bv",
       "************************** ***************"},
      {"s3cret", "s3\\u200bcret s3%E2%80%8Bcret s3&#xE0041;cret",
       "************ *************** ***************"},
      {"a\\u0041\"%41&amp;",
       "a\\\\u0041\\\"%41&amp; a%5Cu0041%22%2541%26amp%3B a\\u0041&quot;%41&amp;amp;",
       "****************** ************************** *************************"},
      /* what looks like an escape and is not */
      {"100%25", "100%25 100%2525", "****** ********"},
      {"100%x", "100%25x 100%x", "******* *****"},
      {"a\\u0041b", "a\\u0041b a\\\\u0041b a%5Cu0041b", "******** ********* **********"},
      {"a&amp;b", "a&amp;b a&amp;amp;b", "******* ***********"},
      /* only a part of a secret, and one that begins again within itself */
      {"s3cret", "s3cre s3cret s3crex", "s3cre ****** s3crex"},
      {"aaab", "aaaab", "a****"},
      /* dropped characters cannot hide it */
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

/* Form-encoded first (RFC 6749 2.3.1) or not, in both alphabets of RFC 4648, with padding or
 * without. */
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
  cleans(SPAN("my app"), "my app"); /* not a secret */
}

/* A client without a secret has no credentials to hide. */
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

/* The last byte of one and the first two of the other form an escape. */
static void test_secrets_with_an_escape_between(void **state) {
  (void)state;
  hide_secret(SPAN(">~R%"));
  hide_secret(SPAN("6789:;<=>"));
  cleans(SPAN("a>~R%6789%3A%3b%3C%3D%3Eb"), "a***********************b");
}

/* Base64 may come in lines, whose ends are shown as blanks. */
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

/* Buffers are wiped and used again long before the last line. */
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

/* If the text was cut, four bytes of a secret are enough to hide it, also when cut within an
 * escape. */
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
  /* Text that was not cut is shown as it is. */
  cleans(SPAN("id secret"), "id secret");
  /* These do not begin an escape. What follows them is searched nevertheless. */
  static const char *const tails[] = {"%1x secr%65t", "%s%65cret", "\\u1secr%65t", "&secr%65t"};
  for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
    size_t n = term_clean(moat_str(tails[i]), out, strlen(tails[i]));
    if (out[n - 1] != '*') fail_msg("%s", out);
  }
}

/* If there are more secrets than can be kept, nothing is shown at all. */
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

/* Characters for secrets. Some have to be escaped, and some are dropped from within. */
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

/* Writes one character in one of its spellings. */
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

/* Writes the secret as it is, with dropped characters in between. */
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

/* Writes the secret unescaped, escaped once, or escaped twice. */
static void put_secret(bytes *t, const bytes *secret) {
  static bytes once, twice;
  bool valid =
      utf8_ok((moat_span){secret->p, secret->n}); /* otherwise neither JSON nor HTML has it */
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

static void test_any_bytes(void **state) {
  static bytes secrets[3], t;
  static char seen[3][sizeof t.p + 1];
  random_state = 20261129;
  for (int round = 0; round < 2000; round++) {
    for (int i = 0; i < 3; i++) {
      make_secret(&secrets[i]);
      /* how it looks before anything is hidden */
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

/* Each spelling of a secret, alone. Nothing of it is left. */
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

int main(void) {
  const struct CMUnitTest tests[] = {
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
  };
  return cmocka_run_group_tests_name("screen: secrets", tests, NULL, NULL);
}
