/* Answers that are larger than a work buffer of 4 KB, or never end. The status decides, the grant
 * and the sign-in survive, and reading always stops. */
#include "cmocka_all.h"

#include <stdio.h>

#include "moat/account.h"
#include "scripted.h"

#define FOREVER SIZE_MAX
#define KB *(size_t)1024
#define URL "https://login.example/token"

#define CHUNK "Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n"
#define PAGE "<!DOCTYPE html>"
#define TOKENS                                                                                     \
  "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"AT.2\","                      \
  "\"refresh_token\":\"RT.2\"}"
#define PROMPT                                                                                     \
  "{\"device_code\":\"DC.1\",\"user_code\":\"ABCD\",\"verification_uri\":\"https://a.example/\"}"
#define OK_ANSWER(body) "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" body

/* `begin`, then `x` this many times, then `end`. */
typedef struct {
  const char *begin;
  size_t fill;
  const char *end;
} answer;

typedef struct {
  scripted s;
  memory m;
  const answer *answers; /* for the requests to come */
  answer now;            /* what is being received */
  size_t at, taken, read_up_to;
  moat_client c;
  char work[4096], access[128], buffer[512], memory[1024];
  char block[MOAT_ACCOUNT_MEMORY(4096, 2 * 127, 128, 256)];
  moat_auth auth;
  moat_store store;
  moat_account_config config;
  moat_account account;
  moat_device_grant device;
} fixture;

static const moat_endpoint token_endpoint = {"login.example", 443, "/token"};
static const moat_endpoint device_endpoint = {"login.example", 443, "/devicecode"};

/* ---- The server ---- */

static size_t give(fixture *f, char *to, size_t cap) {
  const answer *a = &f->now;
  size_t begin = strlen(a->begin), end = strlen(a->end), n = 0;
  for (; n < cap; n++, f->at++) {
    size_t i = f->at - begin;
    if (f->at < begin)
      to[n] = a->begin[f->at];
    else if (i < a->fill)
      to[n] = 'x';
    else if (i - a->fill < end)
      to[n] = a->end[i - a->fill];
    else
      break;
  }
  f->taken += n;
  return n;
}

static int large_recv(void *io, void *p, size_t cap) {
  fixture *f = io;
  if (f->s.sent_size > f->read_up_to) { /* a new request */
    f->read_up_to = f->s.sent_size;
    f->now = *f->answers++;
    f->at = f->taken = 0;
  }
  size_t n = give(f, p, cap);
  if (n) return (int)n;
  return strstr(f->now.begin, "close") ? MOAT_E_EOF : MOAT_WANT_READ;
}

static int large_connect(void *io, const char *host, uint16_t port) {
  ((fixture *)io)->now = (answer){"", 0, ""};
  return scripted_connect(io, host, port);
}

static const moat_stream_ops stream = {.connect = large_connect,
                                       .send = scripted_send,
                                       .recv = large_recv,
                                       .close = scripted_close,
                                       .wait = scripted_wait};

static void serve(fixture *f, const answer *answers) {
  f->answers = answers;
  f->s.sent_size = f->read_up_to = 0;
}

/* ---- Fixture ---- */

/* A grant whose access token AT.1 is valid for a hundred seconds, less the margin of a refresh. */
static void store_grant(fixture *f) {
  moat_token t = {
      .access_token = moat_str("AT.1"), .refresh_token = moat_str("RT.1"), .expires_in = 100};
  moat_store_init(&f->store, &memory_platform, &f->m, f->buffer, sizeof f->buffer);
  f->store.keep_access = true;
  assert_int_equal(moat_store_load(&f->store), MOAT_E_EMPTY);
  moat_store_renew(&f->store, MOAT_HOW_CODE, moat_str(URL), moat_str("client"), moat_str("scope"));
  assert_int_equal(moat_store_keeper.save(&f->store, &t), 0);
}

static int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  moat_grant grant = {.endpoint = &token_endpoint,
                      .auth = &f->auth,
                      .access = f->access,
                      .access_size = sizeof f->access};
  moat_config config = {.platform = &memory_platform,
                        .platform_ctx = &f->m,
                        .stream = &stream,
                        .io = f,
                        .work = f->work,
                        .work_size = sizeof f->work};
  f->m.stream = &f->s;
  f->m.unix_time = 1700000000;
  f->auth = (moat_auth){&moat_auth_post, moat_str("client"), moat_str("secret")};
  store_grant(f);
  f->config = (moat_account_config){.platform = &memory_platform,
                                    .platform_ctx = &f->m,
                                    .stream = &stream,
                                    .io = f,
                                    .token_endpoint = &token_endpoint,
                                    .provider = moat_str(URL),
                                    .auth = &f->auth,
                                    .access_size = 127,
                                    .refresh_size = 128,
                                    .text_size = 256,
                                    .keep_access = true};
  assert_int_equal(moat_account_open(&f->account, &f->config, f->block, sizeof f->block), 0);
  f->device = (moat_device_grant){.grant = grant,
                                  .device_endpoint = &device_endpoint,
                                  .memory = f->memory,
                                  .memory_size = sizeof f->memory};
  *state = f;
  return moat_init(&f->c, &config);
}

static int teardown(void **state) {
  moat_cancel(&((fixture *)*state)->c);
  moat_account_cancel(&((fixture *)*state)->account);
  free(*state);
  return 0;
}

static void pass(fixture *f, uint32_t seconds) {
  f->s.clock += seconds * 1000;
  f->m.unix_time += seconds;
}

/* The most that may be read: 64 KB of body, head and buffer. */
static void assert_cut(const fixture *f) {
  assert_true(f->taken <= (64 + 16 + 4) KB);
}

static void assert_verdict(const moat_error_info *e, int result, int need, bool definite) {
  moat_verdict v = moat_judge(e);
  assert_int_equal(e->code, result);
  assert_int_equal(v.need, need);
  assert_int_equal(v.definite, definite);
}

/* ---- Every kind of answer ---- */

typedef struct {
  answer answer;
  int result;         /* for a refresh or a request for a device code */
  int need, new_need; /* for a grant that worked before, and for a new one */
  bool definite;
  bool open; /* the connection can be used for another request */
} row;

static const row rows[] = {
    {{"HTTP/1.1 502 No\r\nContent-Length: 1048576\r\n\r\n" PAGE, 1024 KB, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     false,
     false},
    {{"HTTP/1.1 502 No\r\nContent-Length: 20495\r\n\r\n" PAGE, 20 KB, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     false,
     true},
    {{"HTTP/1.1 503 No\r\nRetry-After: 60\r\n" CHUNK, FOREVER, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     false,
     false},
    {{"HTTP/1.1 500 No\r\n\r\n" PAGE, FOREVER, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     false,
     false},
    {{"HTTP/1.1 429 No\r\nRetry-After: 60\r\nContent-Length: 1048576\r\n\r\n{", 1024 KB, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     true,
     false},
    {{"HTTP/1.1 200 OK\r\nContent-Length: 20495\r\n\r\n" PAGE, 20 KB, ""},
     MOAT_E_JSON,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     true},
    {{"HTTP/1.1 200 OK\r\n\r\n" PAGE, FOREVER, ""},
     MOAT_E_JSON,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     false},
    {{"HTTP/1.1 302 Go\r\nLocation: /\r\nContent-Length: 20495\r\n\r\n" PAGE, 20 KB, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     true,
     true},
    {{"HTTP/1.1 302 Go\r\nLocation: /\r\n" CHUNK PAGE, FOREVER, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     true,
     false},
    {{"HTTP/1.1 511 No\r\nContent-Length: 20495\r\n\r\n" PAGE, 20 KB, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     true},
    /* fits the work buffer, but not the memory for a device code */
    {{"HTTP/1.1 200 OK\r\nContent-Length: 2063\r\n\r\n" PAGE, 2 KB, ""},
     MOAT_E_JSON,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     true},
    {{"HTTP/1.1 503 No\r\nRetry-After: 60\r\nContent-Length: 2063\r\n\r\n" PAGE, 2 KB, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     false,
     true},
    /* a portal may answer in plain text */
    {{"HTTP/1.1 200 OK\r\nContent-Length: 20509\r\n\r\nPlease sign in to the network", 20 KB, ""},
     MOAT_E_JSON,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     true},
    {{"HTTP/1.1 200 OK\r\n\r\n\xef\xbb\xbf\r\nPlease sign in", FOREVER, ""},
     MOAT_E_JSON,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     false},
    {{"HTTP/1.1 200 OK\r\n" CHUNK "12345", FOREVER, ""},
     MOAT_E_JSON,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     false},
    {{"HTTP/1.1 200 OK\r\nContent-Length: 20498\r\n\r\nnetwork=hotel&url=", 20 KB, ""},
     MOAT_E_JSON,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     true},
    /* lengths above 32 bits */
    {{"HTTP/1.1 503 No\r\nRetry-After: 60\r\nContent-Length: 99999999999\r\n\r\n", FOREVER, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     false,
     false},
    {{"HTTP/1.1 429 No\r\nRetry-After: 60\r\nTransfer-Encoding: chunked\r\n\r\n1000000000\r\n",
      FOREVER, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     true,
     false},
    /* headers that no buffer holds, or has to hold */
    {{"HTTP/1.1 502 No\r\nX: ", 40 KB, "\r\nContent-Length: 0\r\n\r\n"},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_WAIT,
     false,
     false},
    {{"HTTP/1.1 302 Go\r\nX: ", FOREVER, ""},
     MOAT_E_STATUS,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     true,
     false},
    {{"HTTP/1.1 200 OK\r\nX: ", 40 KB, "\r\nConnection: close\r\n\r\n" TOKENS},
     MOAT_E_SPACE,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     false},
    {{"HTTP/1.1 200 OK\r\nX: ", FOREVER, ""},
     MOAT_E_SPACE,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     false},
    {{"HTTP/1.1 103 Early Hints\r\nLink: ", FOREVER, ""},
     MOAT_E_SPACE,
     MOAT_NEED_WAIT,
     MOAT_NEED_PROFILE,
     false,
     false},
    /* a larger buffer would show what to do */
    {{"HTTP/1.1 400 No\r\nContent-Length: 20491\r\n\r\n{\"error\":\"x", 20 KB, ""},
     MOAT_E_SPACE,
     MOAT_NEED_DEVICE,
     MOAT_NEED_DEVICE,
     true,
     true},
    {{"HTTP/1.1 404 No\r\n\r\n" PAGE, FOREVER, ""},
     MOAT_E_SPACE,
     MOAT_NEED_DEVICE,
     MOAT_NEED_DEVICE,
     true,
     false},
    {{"HTTP/1.1 200 OK\r\nContent-Length: 20497\r\n\r\n{\"access_token\":\"", 20 KB, ""},
     MOAT_E_SPACE,
     MOAT_NEED_DEVICE,
     MOAT_NEED_DEVICE,
     false,
     false},
    {{"HTTP/1.1 200 OK\r\n" CHUNK "{\"access_token\":\"", FOREVER, ""},
     MOAT_E_SPACE,
     MOAT_NEED_DEVICE,
     MOAT_NEED_DEVICE,
     false,
     false},
};

enum { ROWS = sizeof rows / sizeof *rows };
static const answer good = {OK_ANSWER(TOKENS), 0, ""};

/* ---- A refresh ---- */

static int refresh(fixture *f, answer first) {
  static answer answers[2]; /* an idle connection is read from later */
  answers[0] = first;
  answers[1] = good;
  serve(f, answers);
  int r = moat_account_token(&f->account);
  if (r == 0) r = moat_account_run(&f->account);
  f->answers = NULL;
  return r;
}

static void test_refresh(void **state) {
  for (unsigned i = 0; i < ROWS; i++) {
    const row *r = &rows[i];
    void *one;
    assert_int_equal(setup(&one), 0);
    fixture *f = one;
    pass(f, 200);
    assert_int_equal(refresh(f, r->answer), r->result);
    assert_verdict(moat_account_error(&f->account), r->result, r->need, r->definite);
    assert_int_equal(f->s.open, r->open);
    assert_cut(f);
    pass(f, 100); /* longer than any pause */
    /* If tokens do not fit, each further answer would cost a refresh token. */
    bool outgrown = r->need == MOAT_NEED_DEVICE && !r->definite;
    assert_int_equal(refresh(f, good), outgrown ? MOAT_E_SPACE : 0);
    if (!outgrown) assert_string_equal(moat_account_access(&f->account).p, "AT.2");
    teardown(&one);
  }
  (void)state;
}

/* The tokens are complete before the trailers come. */
static void test_trailers(void **state) {
  fixture *f = *state;
  static const answer long_trailers = {
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n56\r\n" TOKENS "\r\n0\r\nX: ", 40 KB,
      "\r\n\r\n"};
  _Static_assert(sizeof TOKENS - 1 == 0x56, "the size of the chunk");
  pass(f, 200);
  assert_int_equal(refresh(f, long_trailers), 0);
  assert_string_equal(moat_account_access(&f->account).p, "AT.2");
  assert_false(f->s.open);
}

/* The current token is valid for some more seconds. */
static void test_early_refresh(void **state) {
  fixture *f = *state;
  pass(f, 85);
  assert_int_equal(refresh(f, rows[0].answer), 0);
  assert_string_equal(moat_account_access(&f->account).p, "AT.1");
  assert_int_equal(moat_account_early(&f->account), MOAT_E_STATUS);
}

static void test_needed(void **state) {
  for (unsigned i = 0; i < ROWS; i++) {
    void *one;
    if (rows[i].need != MOAT_NEED_DEVICE) continue;
    assert_int_equal(setup(&one), 0);
    fixture *f = one;
    pass(f, 200);
    assert_int_equal(refresh(f, rows[i].answer), MOAT_E_SPACE);
    assert_true(moat_account_error(&f->account)->needed > sizeof f->work);
    teardown(&one);
  }
  (void)state;
}

/* ---- A sign-in ---- */

static int redeem(fixture *f, const answer *answers) {
  moat_code_grant g = {.grant = f->device.grant,
                       .code = moat_str("the-code"),
                       .code_verifier = moat_str("the-verifier"),
                       .redirect_uri = moat_str("http://localhost")};
  serve(f, answers);
  int r = moat_code_begin(&f->c, &g);
  return r == 0 ? moat_run(&f->c) : r;
}

static void test_code(void **state) {
  fixture *f = *state;
  for (unsigned i = 0; i < ROWS; i++) {
    const row *r = &rows[i];
    assert_int_equal(redeem(f, &r->answer), r->result);
    assert_verdict(moat_error(&f->c), r->result, r->new_need, r->definite);
    assert_cut(f);
    assert_int_equal(redeem(f, &good), 0); /* a new code, once the portal is gone */
    assert_string_equal(f->access, "AT.2");
  }
}

static int sign_in(fixture *f, const answer *answers) {
  serve(f, answers);
  f->device.prompt.device_code.n = 0;
  int r = moat_device_begin(&f->c, &f->device);
  return r == 0 ? moat_run(&f->c) : r;
}

static void test_device_code(void **state) {
  fixture *f = *state;
  for (unsigned i = 0; i < ROWS; i++) {
    const row *r = &rows[i];
    assert_int_equal(sign_in(f, &r->answer), r->result);
    assert_verdict(moat_error(&f->c), r->result, r->new_need, r->definite);
    assert_int_equal(f->s.open, r->open);
    assert_cut(f);
  }
}

/* The memory is too small for a good answer, so the sign-in fails before it begins. */
static void test_device_memory(void **state) {
  fixture *f = *state;
  answer large = {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"message\":\"", 2 KB,
                  "\",\"device_code\":\"DC\",\"user_code\":\"UC\",\"verification_uri\":"
                  "\"https://a.example/\"}"};
  assert_int_equal(sign_in(f, &large), MOAT_E_SPACE);
  assert_verdict(moat_error(&f->c), MOAT_E_SPACE, MOAT_NEED_DEVICE, false);
  assert_true(moat_error(&f->c)->needed > 2 KB);
}

static void test_poll(void **state) {
  fixture *f = *state;
  for (unsigned i = 0; i < ROWS; i++) {
    const row *r = &rows[i];
    answer answers[] = {{OK_ANSWER(PROMPT), 0, ""}, r->answer, r->answer, good};
    bool waits = r->need == MOAT_NEED_WAIT;
    assert_int_equal(sign_in(f, answers), waits ? 0 : r->result);
    if (waits)
      assert_string_equal(f->access, "AT.2");
    else
      assert_verdict(moat_error(&f->c), r->result, r->need, r->definite);
    assert_cut(f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refresh),
      cmocka_unit_test_setup_teardown(test_early_refresh, setup, teardown),
      cmocka_unit_test(test_needed),
      cmocka_unit_test_setup_teardown(test_trailers, setup, teardown),
      cmocka_unit_test_setup_teardown(test_code, setup, teardown),
      cmocka_unit_test_setup_teardown(test_device_code, setup, teardown),
      cmocka_unit_test_setup_teardown(test_device_memory, setup, teardown),
      cmocka_unit_test_setup_teardown(test_poll, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
