/* Lengths at their limits, bytes at the ends of their ranges, and what must not stay behind. */
#include "cmocka_all.h"

#include <limits.h>

#include "exact.h"
#include "records.h"
#include "moat/account.h"
#include "http/http.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool holds(const char *p, size_t size, const char *text) {
  size_t n = strlen(text);
  for (size_t i = 0; i + n <= size; i++)
    if (memcmp(p + i, text, n) == 0) return true;
  return false;
}

static void assert_zeros(const char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (p[i]) fail_msg("byte %zu is left", i);
}

/* ---- Writers ---- */

static void test_writer_fills_its_buffer(void **state) {
  (void)state;
  char *out = memset(malloc(5), 'x', 5);
  moat_writer w = {.p = out, .size = 5};
  moat__put(&w, "ab", 2);
  moat__put(&w, "cd", 2);
  moat__put_char(&w, 'e');
  assert_memory_equal(out, "abcde", 5);
  w.n = 3;
  moat__put(&w, "DE", 2); /* the last bytes by one call */
  assert_memory_equal(out, "abcDE", 5);
  for (size_t n = 4; n < 8; n++) { /* nearly full, full, and past the end */
    w.n = n;
    moat__put(&w, "fg", 2);
    assert_int_equal(w.n, n + 2);
    w.n = n + 1;
    moat__put(&w, "f", 1);
    w.n = n + 1;
    moat__put_char(&w, 'h');
    assert_int_equal(w.n, n + 2);
  }
  assert_memory_equal(out, "abcDE", 5);
  free(out);
}

static void test_base64_fills_its_buffer(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
    size_t size;
  } cases[] = {{"abc", "YWJj", 4}, {"a", "YQ==", 4}, {"", "", 1}, {"abc", "abc", 3}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    char *out = malloc(cases[i].size);
    moat_writer w = {.p = out, .size = cases[i].size};
    moat__put_text(&w, cases[i].text);
    moat__base64_from(&w, 0);
    assert_int_equal(w.n, (strlen(cases[i].text) + 2) / 3 * 4);
    assert_memory_equal(out, cases[i].expected, strlen(cases[i].expected));
    free(out);
  }
}

/* A length that an int cannot give back. */
static void test_unescape_too_long(void **state) {
  (void)state;
  char c = 'x';
  assert_int_equal(moat__unescape(&c, (size_t)INT_MAX + 1, false), -1);
  assert_int_equal(c, 'x');
}

/* ---- Access tokens as long as their buffer ---- */

static const char *text_of(size_t n) {
  static char text[MOAT_ACCESS_MIN + 1];
  assert_in_range(n, 0, MOAT_ACCESS_MIN);
  memset(text, 'a', sizeof text);
  text[n] = 0;
  return text;
}

static void answer_with_token(exact *f, const char *token) {
  char body[300];
  snprintf(body, sizeof body,
           "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"%s\","
           "\"refresh_token\":\"RT.2\"}",
           token);
  exact_answer(f, "200 OK", body);
}

static void test_access_token_fills_its_buffer(void **state) {
  exact *f = *state;
  answer_with_token(f, text_of(MOAT_ACCESS_MIN - 1));
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, text_of(MOAT_ACCESS_MIN - 1));
  assert_ptr_equal(f->g.grant.token.access_token.p, f->access);
  answer_with_token(f, text_of(MOAT_ACCESS_MIN));
  assert_int_equal(exact_refresh(f), MOAT_E_SPACE);
  assert_int_equal(moat_error(&f->c)->needed, MOAT_ACCESS_MIN + 1);
  /* Nobody is handed a view of what did not fit. */
  assert_int_equal(f->g.grant.token.access_token.n, 0);
  assert_null(f->g.grant.token.access_token.p);
  assert_memory_equal(f->g.grant.token.refresh_token.p, "RT.2", 4);
}

/* ---- An account over what is stored ---- */

typedef struct {
  moat_store store; /* a look into the slots from outside */
  moat_account_config config;
  moat_account a;
  char buffer[400], memory[MOAT_ACCOUNT_MEMORY(MOAT_WORK_MIN, 2 * MOAT_ACCESS_MIN, 64, 64)];
} account;

static account *account_of(exact *f, const char *access_token) {
  account *a = calloc(1, sizeof *a);
  moat_token t = {.access_token = moat_str(access_token),
                  .refresh_token = moat_str("RT.1"),
                  .expires_in = 3600};
  moat_store_init(&a->store, &f->platform, &f->m, a->buffer, sizeof a->buffer);
  a->store.keep_access = true;
  assert_int_equal(moat_store_load(&a->store), MOAT_E_EMPTY);
  moat_store_renew(&a->store, MOAT_HOW_CODE, moat_str("p"), moat_str("client"), moat_str("scope"));
  assert_int_equal(moat_store_keeper.save(&a->store, &t), 0);
  a->config = (moat_account_config){.platform = &f->platform,
                                    .platform_ctx = &f->m,
                                    .stream = &f->stream,
                                    .io = &f->s,
                                    .token_endpoint = &exact_endpoint,
                                    .provider = moat_str("p"),
                                    .auth = &f->auth,
                                    .access_size = MOAT_ACCESS_MIN - 1, /* and a NUL */
                                    .refresh_size = 64,
                                    .text_size = 64,
                                    .keep_access = true};
  assert_int_equal(moat_account_open(&a->a, &a->config, a->memory, sizeof a->memory), 0);
  return a;
}

static int run_account(account *a, int begun) {
  return begun ? begun : moat_account_run(&a->a);
}

static void close_account(account *a) {
  moat_account_cancel(&a->a);
  free(a);
}

static void test_stored_token_fills_its_buffer(void **state) {
  exact *f = *state;
  account *a = account_of(f, text_of(MOAT_ACCESS_MIN - 1));
  assert_int_equal(run_account(a, moat_account_token(&a->a)), 0);
  assert_string_equal(moat_account_access(&a->a).p, text_of(MOAT_ACCESS_MIN - 1));
  assert_int_equal(f->s.connects, 0);
  close_account(a);
}

/* One that does not fit is fetched anew. */
static void test_stored_token_too_long(void **state) {
  exact *f = *state;
  account *a = account_of(f, text_of(MOAT_ACCESS_MIN));
  assert_int_equal(run_account(a, moat_account_token(&a->a)), 0);
  assert_string_equal(moat_account_access(&a->a).p, "AT.2");
  assert_int_equal(f->s.connects, 1);
  close_account(a);
}

/* 5xx may come from something on the way after the server has answered: the mark stays. */
static void test_definite(void **state) {
  exact *f = *state;
  static const struct {
    const char *status;
    bool marked;
  } cases[] = {{"499 No", false}, {"500 No", true}, {"599 No", true}, {"400 No", false}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    memset(f->m.sizes, 0, sizeof f->m.sizes);
    account *a = account_of(f, "AT.1");
    exact_answer(f, cases[i].status, "{}");
    assert_true(run_account(a, moat_account_refresh(&a->a)) < 0);
    assert_int_equal(moat_store_load(&a->store), 0);
    if (a->store.note.marked != cases[i].marked) fail_msg("%s", cases[i].status);
    close_account(a);
  }
}

/* ---- What must not stay behind ---- */

static void test_access_token_leaves_the_work_buffer(void **state) {
  exact *f = *state;
  answer_with_token(f, "canary.access");
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, "canary.access");
  assert_true(holds(f->work, MOAT_WORK_MIN, "RT.2")); /* the view that is handed out */
  assert_false(holds(f->work, MOAT_WORK_MIN, "canary"));
}

/* Decoding its escapes moves it to the front, and what was its end is a piece of it. */
static void test_escaped_access_token_leaves_the_work_buffer(void **state) {
  exact *f = *state;
  answer_with_token(f, "\\u0061\\u0061bc.canary");
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, "aabc.canary");
  assert_false(holds(f->work, MOAT_WORK_MIN, "canary"));
}

static void test_cancel_wipes(void **state) {
  exact *f = *state;
  assert_int_equal(exact_refresh(f), 0);
  assert_true(holds(f->work, MOAT_WORK_MIN, "RT.2"));
  moat_cancel(&f->c);
  assert_zeros(f->work, MOAT_WORK_MIN);
  assert_int_equal(moat_error(&f->c)->code, MOAT_E_CANCEL);
  assert_false(f->s.open);
}

static int save_later(void *ctx, const moat_token *token) {
  (void)ctx;
  (void)token;
  return MOAT_WANT_TIME;
}

/* The answer lies there while its refresh token is being stored. */
static void test_cancel_while_storing_wipes(void **state) {
  exact *f = *state;
  static const moat_keeper_ops slow = {.save = save_later};
  f->g.grant.keeper = &slow;
  assert_int_equal(moat_refresh_begin(&f->c, &f->g), 0);
  assert_int_equal(moat_step(&f->c), MOAT_WANT_TIME);
  assert_true(holds(f->work, MOAT_WORK_MIN, "RT.2"));
  moat_cancel(&f->c);
  assert_zeros(f->work, MOAT_WORK_MIN);
}

/* A keeper may leave out either of its functions. */
static void test_half_a_keeper(void **state) {
  exact *f = *state;
  static const moat_keeper_ops none = {.mark = NULL};
  f->g.grant.keeper = &none;
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, "AT.2");
}

static void test_erase_wipes(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  assert_true(holds(a->buffer, sizeof a->buffer, "RT.1"));
  assert_int_equal(moat_store_erase(&a->store), 0);
  assert_zeros(a->buffer, sizeof a->buffer);
  close_account(a);
}

/* Before a code goes out, what the sign-in kept is gone, so that neither is used twice; a device
 * code is asked about again and again. */
static void test_pending_before_a_sign_in(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  f->m.sizes[MOAT_SLOT_PENDING] = 9;
  moat_store_renew(&a->store, MOAT_HOW_DEVICE, moat_str("p"), moat_str("c"), moat_str("s"));
  assert_int_equal(moat_store_keeper.mark(&a->store), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 9);
  moat_store_renew(&a->store, MOAT_HOW_CODE, moat_str("p"), moat_str("c"), moat_str("s"));
  assert_int_equal(moat_store_keeper.mark(&a->store), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
  close_account(a);
}

/* ---- Connections ---- */

/* A second answer that nobody asked for may not become the next request's. */
static void test_bytes_after_the_answer(void **state) {
  exact *f = *state;
  assert_int_equal(exact_refresh(f), 0);
  assert_true(f->s.open); /* kept without them */
  f->s.given = 0;
  f->s.stutter = true; /* so that the idle connection is found quiet */
  f->s.calls = 0;
  strcat(f->answer, "HTTP/1.1 200 OK\r\n");
  f->s.answer_size = strlen(f->answer);
  assert_int_equal(exact_refresh(f), 0);
  assert_int_equal(f->s.connects, 1); /* on the same one */
  assert_false(f->s.open);
}

/* Without a length, the end of the stream is the end of the body and of the connection. */
static void test_answer_until_the_end(void **state) {
  exact *f = *state;
  f->s.answer_size = (size_t)snprintf(
      f->answer, sizeof f->answer,
      "HTTP/1.1 200 OK\r\n\r\n{\"access_token\":\"AT.3\",\"token_type\":\"Bearer\"}");
  f->s.end = MOAT_E_EOF;
  assert_int_equal(exact_refresh(f), 0);
  assert_string_equal(f->access, "AT.3");
  assert_false(f->s.open);
}

/* An open connection serves the same host and port, whatever the path. */
static void test_another_server(void **state) {
  exact *f = *state;
  static const struct {
    moat_endpoint endpoint;
    bool same;
  } cases[] = {{{"login.example", 443, "/other"}, true},
               {{"login.example", 8443, "/token"}, false},
               {{"login.exampl", 443, "/token"}, false},
               {{"login.example.org", 443, "/token"}, false}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    f->g.grant.endpoint = &exact_endpoint;
    moat_cancel(&f->c);
    f->s.given = 0;
    f->s.connects = 0;
    assert_int_equal(exact_refresh(f), 0);
    f->g.grant.endpoint = &cases[i].endpoint;
    assert_int_equal(moat_refresh_begin(&f->c, &f->g), 0);
    assert_int_equal(moat_step(&f->c), cases[i].same ? MOAT_WANT_READ : 0);
    if (f->s.connects != (cases[i].same ? 1 : 2))
      fail_msg("%s %u", cases[i].endpoint.host, cases[i].endpoint.port);
  }
}

/* ---- What is in an answer ---- */

static void answer_chunked(exact *f, const char *size) {
  static const char body[] = "{\"access_token\":\"AT.2\",\"token_type\":\"Bearer\"}";
  assert_int_equal(sizeof body - 1, 0x2d);
  f->s.answer_size = (size_t)snprintf(
      f->answer, sizeof f->answer,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n%s\r\n0\r\n\r\n", size, body);
  f->s.given = 0;
  f->s.end = MOAT_E_EOF;
}

/* 2d is the size, and no other number is, whose high digits would fall off. */
static void test_chunk_sizes(void **state) {
  exact *f = *state;
  static const struct {
    const char *size;
    int result;
  } cases[] = {{"2d", 0},
               {"2D", 0},
               {"0000000000000000002d", 0},
               {"2d;a=b", 0},
               {"2d ;a", 0},
               {"10000002d", MOAT_E_HTTP},
               {"f0000002d", MOAT_E_HTTP},
               {"fffffffff2d", MOAT_E_HTTP},
               {"10000000000000002d", MOAT_E_HTTP},
               {"100000000000000000000002d", MOAT_E_HTTP},
               {"1000002d", MOAT_E_SPACE},
               {"0x2d", MOAT_E_HTTP},
               {"2 d", MOAT_E_HTTP},
               {" 2d", MOAT_E_HTTP},
               {"+2d", MOAT_E_HTTP},
               {"-2d", MOAT_E_HTTP},
               {";a=b", MOAT_E_HTTP},
               {"2d\x7f", MOAT_E_HTTP},
               {"2g", MOAT_E_HTTP}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    moat_cancel(&f->c);
    answer_chunked(f, cases[i].size);
    int r = exact_refresh(f);
    if (r != cases[i].result) fail_msg("'%s': %d", cases[i].size, r);
  }
}

static int saved(void *ctx, const moat_token *token) {
  *(size_t *)ctx = token->refresh_token.n;
  return 0;
}

/* VSCHAR, RFC 6749 A.12 and A.17: what is none never gets into a header or into the store. */
static void test_token_characters(void **state) {
  exact *f = *state;
  static const moat_keeper_ops keeper = {.save = saved};
  static const struct {
    const char *json;
    bool good;
  } cases[] = {{" ", true},         {"~", true},       {"\x7f", false},
               {"\\u001f", false},  {"\\n", false},    {"\\u0080", false},
               {"\xc2\xa0", false}, {"\\u007e", true}, {"\\u007f", false}};
  char body[300];
  static size_t stored;
  f->g.grant.keeper = &keeper;
  f->g.grant.keeper_ctx = &stored;
  for (size_t i = 0; i < COUNT(cases); i++) {
    bool good = cases[i].good;
    snprintf(body, sizeof body,
             "{\"token_type\":\"Bearer\",\"access_token\":\"A%sT\",\"refresh_token\":\"RT\"}",
             cases[i].json);
    exact_answer(f, "200 OK", body);
    if (exact_refresh(f) != (good ? 0 : MOAT_E_REPLY)) fail_msg("access %s", cases[i].json);
    assert_int_equal(stored, 2); /* all the same */
    stored = 99;
    snprintf(body, sizeof body,
             "{\"token_type\":\"Bearer\",\"access_token\":\"AT\",\"refresh_token\":\"R%sT\"}",
             cases[i].json);
    exact_answer(f, "200 OK", body);
    (void)exact_refresh(f);
    if ((stored == 3) != good) fail_msg("refresh %s", cases[i].json);
  }
}

static void test_statuses(void **state) {
  exact *f = *state;
  static const struct {
    const char *status;
    int result;
  } cases[] = {{"200 OK", 0},
               {"299 Odd", 0},
               {"300 Choices", MOAT_E_STATUS},
               {"302 Found", MOAT_E_STATUS},
               {"400 No", MOAT_E_STATUS},
               {"599 No", MOAT_E_STATUS}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    answer_with_token(f, "AT.2");
    char body[300];
    snprintf(body, sizeof body, "%s", strstr(f->answer, "{"));
    exact_answer(f, cases[i].status, body);
    if (exact_refresh(f) != cases[i].result) fail_msg("%s", cases[i].status);
  }
  static const char *const none[] = {":00", "20:", "2/0", "099"};
  for (size_t i = 0; i < COUNT(none); i++) {
    exact_answer(f, none[i], "{}");
    assert_int_equal(exact_refresh(f), MOAT_E_HTTP);
  }
}

/* Entra's number stands behind "AADSTS"; one that is none is 0. */
static void test_provider_code(void **state) {
  exact *f = *state;
  static const struct {
    const char *description;
    int32_t code;
  } cases[] = {{"AADSTS70008: x", 70008},
               {"AADSTS70008", 70008},
               {"AADSTS7000218:x", 7000218},
               {"AADSTS", 0},
               {"AADST", 0},
               {"AADSTSx", 0},
               {"AADSTS/:", 0},
               {"AADSTS99999999999999", 0}};
  char body[200];
  for (size_t i = 0; i < COUNT(cases); i++) {
    snprintf(body, sizeof body, "{\"error\":\"invalid_grant\",\"error_description\":\"%s\"}",
             cases[i].description);
    exact_answer(f, "400 No", body);
    assert_int_equal(exact_refresh(f), MOAT_E_OAUTH);
    if (moat_error(&f->c)->provider_code != cases[i].code)
      fail_msg("%s: %d", cases[i].description, moat_error(&f->c)->provider_code);
  }
}

/* Seconds with a fraction, or a date; half of either is nothing. */
static void test_retry_after(void **state) {
  (void)state;
  static const char now[] = "Fri, 01 Mar 2024 00:00:10 GMT";
  static const struct {
    const char *value;
    uint32_t seconds;
  } cases[] = {{"0", 0},
               {"1.x", 0},
               {"5.x", 0},
               {"1.", 0},
               {"x.5", 0},
               {".5", 0},
               {"1.0", 1},
               {"1.01", 2},
               {"3600", MOAT_RETRY_AFTER_MAX},
               {"3601", MOAT_RETRY_AFTER_MAX},
               {"2147483638", MOAT_RETRY_AFTER_MAX},
               {"2147483648", MOAT_RETRY_AFTER_MAX},
               {"4294967297", MOAT_RETRY_AFTER_MAX},
               {"99999999999999999999", MOAT_RETRY_AFTER_MAX},
               {"99999999999999999999.5", MOAT_RETRY_AFTER_MAX},
               {"3599.00000000001", MOAT_RETRY_AFTER_MAX},
               {"1.99999999999999", 2},
               {"99999999999s", 0},
               {"Sat, 02 Mar 2024 00:00:05 GMT", MOAT_RETRY_AFTER_MAX},
               {"Mon, 01 Apr 2024 00:00:05 GMT", MOAT_RETRY_AFTER_MAX},
               {"Wed, 01 Jan 2025 00:00:05 GMT", MOAT_RETRY_AFTER_MAX},
               /* over, on another day */
               {"Thu, 29 Feb 2024 23:59:59 GMT", 0},
               {"Thu, 29 Feb 2024 00:00:11 GMT", 0},
               {"Wed, 31 Jan 2024 00:00:11 GMT", 0},
               {"Sun, 31 Dec 2023 00:00:11 GMT", 0},
               {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
               {"Fri, 01 Mar 2024 00:00:11 GMT", 1},
               {"Fri, 01 Mar 2024 00:00:10 GMT", 0},
               {"Fri, 01 Mar 2024 00:0x:11 GMT", 0},
               {"Fri, 01 Mar 2024 00:00:11 GM", 0}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    uint32_t seconds = moat__retry_after(moat_str(cases[i].value), moat_str(now));
    if (seconds != cases[i].seconds) fail_msg("%s: %u", cases[i].value, seconds);
  }
}

/* ---- Records whose checksum is good and whose lengths are not ---- */

static void seal(char *p, size_t n) {
  seal_crc(p, n - 4);
}

/* Offsets of store.h */
enum { AT_VERSION = 4, AT_LIFE = 28, AT_LENGTHS = 28, AT_TEXTS = 48, AT_DEVICE_LENGTHS = 24 };

/* Version 1, as store.h describes it. */
static size_t put_record(exact *f) {
  static const char *const texts[] = {"https://p/t", "client", "RT.1", "AT.1", "scope"};
  char *p = f->m.slots[MOAT_SLOT_A];
  size_t n = AT_TEXTS;
  memcpy(p, "MOAT", 4);
  moat__put32(p + AT_VERSION, 1);
  for (uint32_t i = 0; i < 5; i++) {
    moat__put32(p + AT_VERSION + 4 + 4 * i, i + 1);
    moat__put32(p + AT_LENGTHS + 4 * i, (uint32_t)strlen(texts[i]));
    memcpy(p + n, texts[i], strlen(texts[i]));
    n += strlen(texts[i]);
  }
  n += 4;
  seal(p, n);
  return f->m.sizes[MOAT_SLOT_A] = n;
}

static int load_exactly(exact *f, size_t size) {
  char *buffer = malloc(size);
  moat_store s;
  moat_store_init(&s, &f->platform, &f->m, buffer, size);
  int r = moat_store_load(&s);
  free(buffer);
  return r;
}

static void test_record_lengths(void **state) {
  exact *f = *state;
  char *slot = f->m.slots[MOAT_SLOT_A];
  size_t n = put_record(f);
  assert_int_equal(load_exactly(f, n), 0);
  assert_int_equal(load_exactly(f, n - 1), MOAT_E_SPACE);
  for (size_t i = 0; i < 5; i++) {
    char *length = slot + AT_LENGTHS + 4 * i;
    uint32_t good = moat__get32(length);
    const uint32_t bad[] = {good + 1, good - 1, good + 1000, UINT32_MAX, INT32_MAX, 0};
    for (size_t k = 0; k < COUNT(bad); k++) {
      moat__put32(length, bad[k]);
      seal(slot, n);
      if (load_exactly(f, n) != MOAT_E_STORE) fail_msg("text %zu of %u bytes", i, bad[k]);
    }
    moat__put32(length, good);
  }
  seal(slot, n);
  assert_int_equal(load_exactly(f, n), 0);
  /* Together they are right again, where a size has 32 bits. */
  moat__put32(slot + AT_LENGTHS, moat__get32(slot + AT_LENGTHS) + 1000);
  moat__put32(slot + AT_LENGTHS + 4, moat__get32(slot + AT_LENGTHS + 4) - 1000);
  seal(slot, n);
  assert_int_equal(load_exactly(f, n), MOAT_E_STORE);
}

/* Whoever wrote it: an access token goes into a header, and a life is not endless where there is a
 * refresh token. */
static void test_record_contents(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  char *slot = f->m.slots[MOAT_SLOT_A];
  size_t n = f->m.sizes[MOAT_SLOT_A], at = 0;
  while (memcmp(slot + at, "AT.1", 4) != 0)
    at++;
  slot[at + 1] = '\n';
  moat__put32(slot + AT_LIFE, UINT32_MAX);
  seal(slot, n);
  assert_int_equal(moat_store_load(&a->store), 0);
  assert_int_equal(a->store.record.access_token.n, 0);
  assert_int_equal(a->store.record.life, 30 * 86400);
  close_account(a);
}

/* What is remembered comes from a slot as well. */
static void test_mark_contents(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  static const int32_t codes[] = {1, -1, MOAT_WANT_TIME, MOAT_E_DNS, MOAT_E_STATUS, INT32_MIN};
  for (size_t i = 0; i < COUNT(codes); i++) {
    moat_note note = {.marked = 2, .cause = MOAT_CAUSES + (uint32_t)i, .dead_code = codes[i]};
    assert_int_equal(moat_store_settle(&a->store, &note), 0);
    assert_int_equal(moat_store_load(&a->store), 0);
    assert_int_equal(a->store.note.cause, 0);
    assert_int_equal(a->store.note.dead_code, 0);
    assert_int_equal(a->store.note.marked, 0);
  }
  close_account(a);
}

/* Cut anywhere and sealed again, it is one that nobody wrote. */
static void test_record_cut(void **state) {
  exact *f = *state;
  size_t n = put_record(f);
  for (size_t cut = n - 1; cut > 0; cut--) {
    put_record(f);
    if (cut >= 4) seal(f->m.slots[MOAT_SLOT_A], cut);
    f->m.sizes[MOAT_SLOT_A] = cut;
    if (load_exactly(f, cut) != MOAT_E_STORE) fail_msg("%zu of %zu", cut, n);
  }
}

/* A mark has grown: what a shorter one does not say is zero, and what a longer one says besides is
 * not understood. Less than the first build wrote is none, nor is more than any could. */
static void test_mark_lengths(void **state) {
  exact *f = *state;
  account *a = account_of(f, "AT.1");
  char *slot = f->m.slots[MOAT_SLOT_MARK];
  enum { LEAST = 12, ALL = 40, MAC = 32 };
  const moat_note note = {1, 2, 3, 4, 5, 6, MOAT_E_LOST, 8, -9};
  const uint32_t numbers[] = {1, 2, 3, 4, 5, 6, (uint32_t)MOAT_E_LOST, 8, (uint32_t)-9};
  assert_int_equal(moat_store_settle(&a->store, &note), 0);
  assert_int_equal(f->m.sizes[MOAT_SLOT_MARK], ALL + 4);
  for (size_t n = 0; n < ALL + MAC + 8; n++) {
    moat_note expected = {.marked = 0};
    assert_int_equal(moat_store_settle(&a->store, &note), 0);
    seal(slot, n + 4);
    f->m.sizes[MOAT_SLOT_MARK] = n + 4;
    assert_int_equal(moat_store_load(&a->store), 0);
    if (n >= LEAST && n + 4 <= ALL + MAC)
      memcpy(&expected, numbers, (n < ALL ? n - 4 : ALL - 4) / 4 * 4);
    if (memcmp(&a->store.note, &expected, sizeof expected) != 0) fail_msg("%zu bytes", n);
  }
  close_account(a);
}

static const moat_device_prompt prompt = {.device_code = {"DC", 2},
                                          .user_code = {"UC", 2},
                                          .verification_uri = {"https://h/d", 11},
                                          .expires_in = 900,
                                          .interval = 5};

static int load_device(exact *f, moat_device_prompt *p, moat_span owner) {
  size_t n = f->m.sizes[MOAT_SLOT_PENDING];
  char *buffer = malloc(n);
  int r = moat_device_load(p, owner, &f->platform, &f->m, buffer, n);
  free(buffer);
  return r;
}

static int save_device(exact *f, moat_device_prompt p, moat_span owner) {
  char buffer[200];
  return moat_device_save(&p, owner, &f->platform, &f->m, buffer, sizeof buffer);
}

/* Without an owner, no comparison comes after the lengths that could catch them. */
static void test_device_record_lengths(void **state) {
  exact *f = *state;
  static const moat_span nobody = {NULL, 0};
  moat_device_prompt p = prompt;
  p.message = moat_str("message");
  assert_int_equal(save_device(f, p, nobody), 0);
  char *slot = f->m.slots[MOAT_SLOT_PENDING];
  size_t n = f->m.sizes[MOAT_SLOT_PENDING];
  assert_int_equal(load_device(f, &p, nobody), 0);
  for (size_t i = 0; i < 5; i++) { /* the sixth is the owner's */
    char *length = slot + AT_DEVICE_LENGTHS + 2 * i;
    size_t good = moat__get16(length);
    const size_t bad[] = {good + 1, good + 4, 0x7fff, 0xffff};
    for (size_t k = 0; k < COUNT(bad); k++) {
      moat__put16(length, bad[k]);
      seal(slot, n);
      if (load_device(f, &p, nobody) != MOAT_E_STORE) fail_msg("text %zu of %zu bytes", i, bad[k]);
    }
    moat__put16(length, good);
  }
  seal(slot, n);
  assert_int_equal(load_device(f, &p, nobody), 0);
}

/* A text that 16 bits cannot measure, in a buffer that would hold it. */
static void test_device_text_too_long(void **state) {
  exact *f = *state;
  static char text[0x10000], buffer[0x10000 + 200];
  moat_device_prompt p = prompt;
  memset(text, 'x', sizeof text);
  p.message = (moat_span){text, sizeof text};
  assert_int_equal(moat_device_save(&p, moat_str("me"), &f->platform, &f->m, buffer, sizeof buffer),
                   MOAT_E_SPACE);
  assert_int_equal(f->m.sizes[MOAT_SLOT_PENDING], 0);
}

/* Without a clock when it was stored, or when it is loaded, the whole time is left. */
static void test_device_without_a_clock(void **state) {
  exact *f = *state;
  moat_device_prompt p;
  for (int stored = 0; stored < 2; stored++) {
    f->m.unix_time = stored ? 1700000000 : 0;
    assert_int_equal(save_device(f, prompt, moat_str("me")), 0);
    for (int loaded = 0; loaded < 2; loaded++) {
      f->m.unix_time = loaded ? 1700000100 : 0;
      assert_int_equal(load_device(f, &p, moat_str("me")), 0);
      assert_int_equal(p.expires_in, stored && loaded ? 800 : 900);
    }
  }
  f->platform.unix_time = NULL;
  assert_int_equal(load_device(f, &p, moat_str("me")), 0);
  assert_int_equal(p.expires_in, 900);
}

/* ---- Records of another build ---- */

static void set_version(char *slot, size_t n, uint32_t version) {
  moat__put32(slot + AT_VERSION, version);
  seal(slot, n);
}

/* A newer one is refused, also where a good one of this build lies beside it. */
static void test_record_of_a_newer_build(void **state) {
  exact *f = *state;
  char *a = f->m.slots[MOAT_SLOT_A], *b = f->m.slots[MOAT_SLOT_B];
  size_t n = put_record(f);
  set_version(a, n, 0x7f);
  assert_int_equal(load_exactly(f, n), MOAT_E_NEWER);
  memcpy(b, a, n);
  f->m.sizes[MOAT_SLOT_B] = n;
  set_version(b, n, 1);
  assert_int_equal(load_exactly(f, n), MOAT_E_NEWER);
  set_version(a, n, 1);
  assert_int_equal(load_exactly(f, n), 0);
  set_version(b, n, UINT32_MAX);
  assert_int_equal(load_exactly(f, n), MOAT_E_NEWER);
}

/* Every version begins with its name and number and ends with the checksum; what is between is its
 * own business, and may be nothing. */
static void test_short_record_of_a_newer_build(void **state) {
  exact *f = *state;
  enum { SIZE = 12 };
  char *slot = f->m.slots[MOAT_SLOT_A];
  size_t n = put_record(f);
  f->m.sizes[MOAT_SLOT_A] = SIZE;
  set_version(slot, SIZE, 0x7f);
  assert_int_equal(load_exactly(f, n), MOAT_E_NEWER);
}

/* One whose name is another is none of Moat's. */
static void test_record_of_another_format(void **state) {
  exact *f = *state;
  char *slot = f->m.slots[MOAT_SLOT_A];
  size_t n = put_record(f);
  for (size_t i = 0; i < 4; i++) {
    slot[i] ^= 0x20;
    seal(slot, n);
    assert_int_equal(load_exactly(f, n), MOAT_E_STORE);
    slot[i] ^= 0x20;
  }
}

static void test_device_record_of_another_build(void **state) {
  exact *f = *state;
  moat_device_prompt p;
  char *slot = f->m.slots[MOAT_SLOT_PENDING];
  assert_int_equal(save_device(f, prompt, moat_str("me")), 0);
  size_t n = f->m.sizes[MOAT_SLOT_PENDING];
  for (size_t i = 0; i <= AT_VERSION; i++) {
    slot[i] ^= 0x20;
    seal(slot, n);
    assert_int_equal(load_device(f, &p, moat_str("me")), MOAT_E_STORE);
    slot[i] ^= 0x20;
  }
  seal(slot, n);
  assert_int_equal(load_device(f, &p, moat_str("me")), 0);
}

/* ---- Redirects and addresses ---- */

static void test_codes(void **state) {
  (void)state;
  static const struct {
    const char *text, *code; /* NULL: refused */
  } cases[] = {{"ab=", "ab="},  {"ab==", "ab=="}, {"a=b", NULL},  {"a==b", NULL},
               {"a:b", "a:b"},  {"a:", "a:"},     {"a:/", "a:/"}, {"a:/b", "a:/b"},
               {"a://b", NULL}, {"a://", NULL},   {"%4g", "%4g"}, {"%g4", "%g4"},
               {"%41%", NULL},  {"%41", "A"},     {"a?b", NULL},  {"a#", NULL}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    size_t n = strlen(cases[i].text);
    char *text = memcpy(malloc(n), cases[i].text, n);
    const moat_expect expect = {.state = moat_str("s")};
    moat_redirect r;
    int result = moat_redirect_code(text, n, &expect, &r);
    if (result != (cases[i].code ? 0 : MOAT_E_CODE)) fail_msg("%s: %d", cases[i].text, result);
    assert_true(moat_span_equal(r.code, moat_str(cases[i].code)));
    free(text);
  }
}

/* RFC 9110 5.6.2: every character that a name may have, and the neighbours of the ranges. */
static void test_request_names(void **state) {
  (void)state;
  static const struct {
    const char *line;
    int result;
  } cases[] = {{"GET /?state=s&code=c HTTP/1.1\r\nA!#$%&'*+-.^_`|~z09Z: x", 0},
               {"GET /?state=s&code=c HTTP/1.1\r\nA/: x", 400},
               {"GET /?state=s&code=c HTTP/1.1\r\nA@: x", 400},
               {"GET /?state=s&code=c HTTP/1.1\r\nA[: x", 400},
               {"GET /?state=s&code=c HTTP/1.1\r\nA{: x", 400},
               {"GET /?state=s&code=c HTTP/1.1\r\nA;: x", 400},
               {"GET  HTTP/1.1\r\nA: x", 400},
               {"G{T / HTTP/1.1\r\nA: x", 400}};
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[200];
    int n = snprintf(text, sizeof text, "%s\r\nHost: localhost\r\n\r\n", cases[i].line);
    char *request = memcpy(malloc((size_t)n), text, (size_t)n);
    const moat_expect expect = {.state = moat_str("s")};
    moat_redirect r;
    int result = moat_redirect_request(request, (size_t)n, moat_str("/"), 0, &expect, &r);
    if (result != cases[i].result) fail_msg("%s: %d", cases[i].line, result);
    free(request);
  }
}

static void test_host_characters(void **state) {
  (void)state;
  static const char around[] = "/0@A[`a{,.:;<^-_";
  for (size_t i = 0; i < sizeof around - 1; i++) {
    char url[] = "https://a?b/", parts[sizeof url + 2];
    moat_endpoint e;
    url[9] = around[i];
    bool good = strchr("0Aa-_./", around[i]) != NULL;
    if ((moat_url_split(url, sizeof url - 1, parts, sizeof parts, &e) == 0) != good)
      fail_msg("%s", url);
  }
}

/* Any piece of it may be missing. */
static void test_authorize_needs(void **state) {
  (void)state;
  static const moat_crypto none = {.sha256 = NULL}; /* it is never asked */
  const moat_authorize a = {.url = moat_str("https://h/a"), .client_id = moat_str("c")};
  char out[200];
  moat_authorization_keys p = {"state", "verifier"};
  p.code_verifier[0] = 0;
  assert_int_equal(moat_authorize_url(&a, &p, &none, NULL, out, sizeof out), MOAT_E_MISUSE);
  p = (moat_authorization_keys){"", "verifier"};
  assert_int_equal(moat_authorize_url(&a, &p, &none, NULL, out, sizeof out), MOAT_E_MISUSE);
  assert_int_equal(moat_authorization_keys_make(NULL, &memory_platform, NULL), MOAT_E_MISUSE);
  assert_int_equal(moat_authorization_keys_make(&p, NULL, NULL), MOAT_E_MISUSE);
}

/* ---- Words ---- */

/* The first, the last and one between. */
static void test_advice(void **state) {
  (void)state;
  static const struct {
    int32_t code;
    const char *word;
  } cases[] = {{50011, "redirect URI"}, {7000222, "expired"}, {9002332, "organizations"}};
  static const int32_t unknown[] = {0, 1, 50010, -50011, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < COUNT(cases); i++) {
    const char *text = moat_provider_advice(cases[i].code);
    assert_non_null(text);
    assert_non_null(strstr(text, cases[i].word));
  }
  for (size_t i = 0; i < COUNT(unknown); i++)
    assert_null(moat_provider_advice(unknown[i]));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_writer_fills_its_buffer),
      cmocka_unit_test(test_base64_fills_its_buffer),
      cmocka_unit_test(test_unescape_too_long),
      EXACT(test_access_token_fills_its_buffer),
      EXACT(test_stored_token_fills_its_buffer),
      EXACT(test_stored_token_too_long),
      EXACT(test_definite),
      EXACT(test_access_token_leaves_the_work_buffer),
      EXACT(test_escaped_access_token_leaves_the_work_buffer),
      EXACT(test_cancel_wipes),
      EXACT(test_cancel_while_storing_wipes),
      EXACT(test_half_a_keeper),
      EXACT(test_erase_wipes),
      EXACT(test_pending_before_a_sign_in),
      EXACT(test_bytes_after_the_answer),
      EXACT(test_answer_until_the_end),
      EXACT(test_another_server),
      EXACT(test_chunk_sizes),
      EXACT(test_token_characters),
      EXACT(test_statuses),
      EXACT(test_provider_code),
      cmocka_unit_test(test_retry_after),
      EXACT(test_record_lengths),
      EXACT(test_record_cut),
      EXACT(test_record_contents),
      EXACT(test_mark_contents),
      EXACT(test_mark_lengths),
      EXACT(test_device_record_lengths),
      EXACT(test_device_text_too_long),
      EXACT(test_device_without_a_clock),
      EXACT(test_record_of_a_newer_build),
      EXACT(test_short_record_of_a_newer_build),
      EXACT(test_record_of_another_format),
      EXACT(test_device_record_of_another_build),
      cmocka_unit_test(test_codes),
      cmocka_unit_test(test_request_names),
      cmocka_unit_test(test_host_characters),
      cmocka_unit_test(test_authorize_needs),
      cmocka_unit_test(test_advice),
  };
  return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
