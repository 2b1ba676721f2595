/* The tunnel through a proxy, over a scripted stream. */
#include "moat/proxy.h"

#include <limits.h>

#include "engine_fixture.h"

#define CREDENTIALS "canary:pass:word"
#define ESTABLISHED "HTTP/1.1 200 Connection established\r\n\r\n"

typedef struct {
  fixture f; /* the client of the tests of the engine */
  moat_stream_ops lower;
  moat_proxy p;
  char buffer[1024];
  char host[64]; /* that the lower stream was asked for */
  uint16_t port;
} tunnel;

static int noting_connect(void *io, const char *host, uint16_t port) {
  tunnel *t = (tunnel *)((char *)io - offsetof(tunnel, f.s));
  assert_true(strlen(host) < sizeof t->host);
  memcpy(t->host, host, strlen(host) + 1);
  t->port = port;
  return scripted_connect(io, host, port);
}

static void says(tunnel *t, const char *answer) {
  t->f.s.answer = answer;
  t->f.s.answer_size = strlen(answer);
}

static void reset(tunnel *t) {
  memset(&t->f.s, 0, sizeof t->f.s);
  memset(&t->p, 0, sizeof t->p);
  memset(t->buffer, 0xa5, sizeof t->buffer);
  t->f.s.end = MOAT_WANT_READ;
  t->lower = scripted_stream;
  t->lower.connect = noting_connect;
  t->p.lower = &t->lower;
  t->p.lower_io = &t->f.s;
  t->p.host = "proxy.example";
  t->p.port = 3128;
  t->p.credentials = moat_str(CREDENTIALS);
  t->p.buffer = t->buffer;
  t->p.size = sizeof t->buffer;
  says(t, ESTABLISHED);
}

static int setup_tunnel(void **state) {
  tunnel *t = calloc(1, sizeof *t);
  reset(t);
  *state = t;
  return 0;
}

static int free_tunnel(void **state) {
  free(*state);
  return 0;
}

/* Steps until there is a result, or it waits for an answer that does not come. */
static int connect_to(tunnel *t, const char *host, uint16_t port) {
  int r = MOAT_WANT_TIME;
  for (int i = 0; i < 2000 && moat_is_want(r); i++)
    r = moat_proxy_stream.connect(&t->p, host, port);
  return r;
}

static int connects(tunnel *t) {
  return connect_to(t, "login.example", 443);
}

static int32_t detail(tunnel *t) {
  return moat_proxy_stream.detail(&t->p);
}

static void assert_sent(const tunnel *t, const char *request) {
  assert_int_equal(t->f.s.sent_size, strlen(request));
  assert_memory_equal(t->f.s.sent, request, t->f.s.sent_size);
}

#define AGENT "User-Agent: " MOAT_USER_AGENT "\r\n"

static void test_request(void **state) {
  tunnel *t = *state;
  assert_int_equal(connects(t), 0);
  assert_string_equal(t->host, "proxy.example");
  assert_int_equal(t->port, 3128);
  assert_sent(t, "CONNECT login.example:443 HTTP/1.1\r\nHost: login.example:443\r\n" AGENT
                 "Proxy-Authorization: Basic Y2FuYXJ5OnBhc3M6d29yZA==\r\n\r\n");
  assert_false(holds(t->buffer, sizeof t->buffer, "canary"));
  assert_false(holds(t->buffer, sizeof t->buffer, "Y2FuYXJ5"));

  reset(t);
  t->p.credentials = (moat_span){NULL, 0};
  assert_int_equal(connect_to(t, "2001:db8::1", 8443), 0);
  assert_sent(t,
              "CONNECT [2001:db8::1]:8443 HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n" AGENT "\r\n");
}

static void test_request_in_pieces(void **state) {
  tunnel *t = *state;
  static char whole[512];
  assert_int_equal(connects(t), 0);
  size_t n = t->f.s.sent_size;
  memcpy(whole, t->f.s.sent, n);
  for (size_t chunk = 1; chunk <= n; chunk++) {
    reset(t);
    t->f.s.chunk = chunk;
    t->f.s.stutter = true;
    assert_int_equal(connects(t), 0);
    assert_int_equal(t->f.s.sent_size, n);
    assert_memory_equal(t->f.s.sent, whole, n);
  }
}

/* A buffer of exactly the size needed will do, and none that is smaller. */
static void test_space(void **state) {
  tunnel *t = *state;
  assert_int_equal(connects(t), 0);
  size_t needed = t->f.s.sent_size;
  for (size_t size = 0; size <= needed; size++) {
    reset(t);
    t->p.buffer = malloc(size + 1);
    t->p.size = size;
    assert_int_equal(connects(t), size < needed ? MOAT_E_SPACE : 0);
    assert_int_equal(t->f.s.sent_size, size < needed ? 0 : needed);
    assert_false(holds(t->p.buffer, size, "canary"));
    if (size < needed) assert_false(t->f.s.open);
    free(t->p.buffer);
  }
}

/* ---- Answers ---- */

static const struct {
  const char *answer;
  int result;
  int32_t detail; /* with MOAT_E_PROXY */
} answers[] = {
    {ESTABLISHED, 0, 0},
    {"HTTP/1.0 200\r\n\r\n", 0, 0},
    {"HTTP/1.1 299 Fine\r\nVia: 1.1 x\r\n\r\n", 0, 0},
    {"HTTP/1.1 204 \r\n\r\n", 0, 0},
    {"HTTP/1.1 100 Continue\r\n\r\n" ESTABLISHED, 0, 0},
    /* RFC 9110 9.3.6: these are ignored. */
    {"HTTP/1.1 200 \r\nContent-Length: 500\r\n\r\n", 0, 0},
    {"HTTP/1.1 200 \r\nContent-Length: x\r\nTransfer-Encoding: gzip\r\n\r\n", 0, 0},
    {"HTTP/1.0 200 \r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 0, 0},
    {"HTTP/1.1 407 \r\nContent-Length: 500\r\n\r\n", MOAT_E_PROXY, 407},
    {"HTTP/1.1 407 \r\nTransfer-Encoding: chunked\r\n\r\n", MOAT_E_PROXY, 407},
    {"HTTP/1.1 403 Forbidden\r\n\r\n", MOAT_E_PROXY, 403},
    {"HTTP/1.1 503 \r\n\r\n", MOAT_E_PROXY, 503},
    {"HTTP/1.1 302 \r\nLocation: http://portal.example/\r\n\r\n", MOAT_E_PROXY, 302},
    {"HTTP/1.1 300 \r\n\r\n", MOAT_E_PROXY, 300},
    {"HTTP/1.1 101 \r\nUpgrade: x\r\n\r\n", MOAT_E_PROXY, 0},
    {"SSH-2.0-OpenSSH_9.2\r\n", MOAT_E_PROXY, 0},
    {"HTTP/1.1 200 OK\r\n Folded: x\r\n\r\n", MOAT_E_PROXY, 0},
    {"HTTP/1.1 403 \r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", MOAT_E_PROXY, 0},
    {"\x15\x03\x01\x00\x02\x02\x46", MOAT_E_PROXY, 0}, /* a TLS alert: a proxy that wants TLS */
};

/* Bytes after the head are not touched, however they arrive. */
static void test_answers(void **state) {
  tunnel *t = *state;
  for (size_t i = 0; i < COUNT(answers); i++)
    for (size_t chunk = 0; chunk < 2; chunk++) {
      char text[300];
      reset(t);
      snprintf(text, sizeof text, "%s\x16more", answers[i].answer);
      says(t, text);
      t->f.s.chunk = chunk;
      t->f.s.stutter = chunk;
      int r = connects(t);
      if (r != answers[i].result) fail_msg("%d for:\n%s", r, text);
      assert_int_equal(t->f.s.open, r == 0);
      if (r) {
        assert_int_equal(detail(t), answers[i].detail);
        continue;
      }
      assert_int_equal(t->f.s.given, strlen(text) - 5);
      t->f.s.stutter = false;
      char byte;
      assert_int_equal(moat_proxy_stream.recv(&t->p, &byte, 1), 1);
      assert_int_equal(byte, 0x16);
    }
}

static void test_endless(void **state) {
  tunnel *t = *state;
  static char text[MOAT_HTTP_HEAD_MAX + 200] = "HTTP/1.1 200 OK\r\nX: ";
  memset(text + strlen(text), 'x', MOAT_HTTP_HEAD_MAX);
  says(t, text);
  assert_int_equal(connects(t), MOAT_E_PROXY);
  assert_int_equal(detail(t), 0);
  /* The status of a refusal is known, and that is enough. */
  memcpy(text, "HTTP/1.1 403", 12);
  assert_int_equal(connects(t), MOAT_E_PROXY);
  assert_int_equal(detail(t), 403);
}

static void test_scheme(void **state) {
#define WANTS(scheme) "Proxy-Authenticate: " scheme "\r\n"
  static const struct {
    const char *headers, *scheme;
  } rows[] = {
      {"", ""},
      {WANTS(""), ""},
      {WANTS("Basic realm=\"x\""), ""},
      {WANTS("bAsIc"), ""},
      {WANTS("Negotiate"), "Negotiate"},
      {WANTS("NTLM TlRMTVNTUAAB="), "NTLM"},
      {WANTS("Digest realm=\"x\", nonce=\"a b\", qop=auth"), "Digest"},
      {WANTS("Negotiate") WANTS("NTLM"), "Negotiate"},
      {WANTS("Negotiate") WANTS("NTLM") WANTS("Basic realm=\"x\""), ""},
      {WANTS("Negotiate, ,NTLM, Basic realm=\"x\""), ""},
      {WANTS("Digest nonce=x,   Basic realm=x"), ""},
      {WANTS(",, Negotiate"), "Negotiate"},
      {"Proxy-authenticate:Basically x\r\n", "Basically"},
      {"WWW-Authenticate: Negotiate\r\n", ""},
  };
  tunnel *t = *state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    char text[300];
    reset(t);
    snprintf(text, sizeof text, "HTTP/1.1 407 \r\n%s\r\n", rows[i].headers);
    says(t, text);
    assert_int_equal(connects(t), MOAT_E_PROXY);
    moat_span scheme = moat_proxy_scheme(&t->p);
    if (!moat_span_equal(scheme, moat_str(rows[i].scheme)))
      fail_msg("%.*s for:\n%s", (int)scheme.n, scheme.p, text);
  }
  /* The scheme of an earlier answer is forgotten, even if no other answer comes. */
  says(t, "HTTP/1.1 407 \r\n" WANTS("Negotiate") "\r\n");
  assert_int_equal(connects(t), MOAT_E_PROXY);
  assert_int_equal(moat_proxy_scheme(&t->p).n, 9);
  t->f.s.connect_result = MOAT_E_DNS;
  assert_int_equal(connects(t), MOAT_E_DNS);
  assert_int_equal(moat_proxy_scheme(&t->p).n, 0);
  t->f.s.connect_result = 0;
  says(t, ESTABLISHED);
  assert_int_equal(connects(t), 0);
  assert_int_equal(moat_proxy_scheme(&t->p).n, 0);
}

/* ---- The tunnel ---- */

static void test_first_byte(void **state) {
  tunnel *t = *state;
  for (int first = 0; first < 256; first++) {
    char text[] = ESTABLISHED "?!";
    bool is_tls = first == 21 || first == 22;
    char got[2];
    text[strlen(ESTABLISHED)] = (char)first;
    reset(t);
    t->f.s.answer = text;
    t->f.s.answer_size = sizeof text - 1;
    t->f.s.detail = 104;
    t->f.s.chunk = 1;
    assert_int_equal(connects(t), 0);
    assert_int_equal(moat_proxy_stream.recv(&t->p, got, 2), is_tls ? 1 : MOAT_E_PROXY);
    assert_int_equal(detail(t), is_tls ? 104 : 200);
    if (is_tls) assert_int_equal(moat_proxy_stream.recv(&t->p, got, 2), 1);
  }
}

static void test_tunnel(void **state) {
  tunnel *t = *state;
  char got[8];
  says(t, ESTABLISHED "\x16yes");
  t->f.s.detail = 104;
  assert_int_equal(connects(t), 0);
  t->f.s.sent_size = 0;
  assert_int_equal(moat_proxy_stream.send(&t->p, "hello", 5), 5);
  assert_sent(t, "hello");
  assert_int_equal(moat_proxy_stream.recv(&t->p, got, sizeof got), 4);
  assert_memory_equal(got, "\x16yes", 4);
  assert_int_equal(moat_proxy_stream.recv(&t->p, got, sizeof got), MOAT_WANT_READ);
  t->f.s.end = MOAT_E_NETWORK;
  assert_int_equal(moat_proxy_stream.recv(&t->p, got, sizeof got), MOAT_E_NETWORK);
  assert_int_equal(detail(t), 104);
  assert_int_equal(moat_proxy_stream.wait(&t->p, MOAT_WANT_READ, 7), 0);
  assert_int_equal(t->f.s.clock, 7);
  moat_proxy_stream.close(&t->p);
  moat_proxy_stream.close(&t->p);
  assert_false(t->f.s.open);
  assert_int_equal(connects(t), 0);
}

static bool is_near(void *ctx, const char *host, uint16_t port) {
  assert_string_equal(ctx, "context");
  return strcmp(host, "near.example") == 0 && port == 443;
}

static void test_bypass(void **state) {
  tunnel *t = *state;
  char got[8];
  t->p.bypass = is_near;
  t->p.bypass_ctx = "context";
  says(t, "any");
  assert_int_equal(connect_to(t, "near.example", 443), 0);
  assert_string_equal(t->host, "near.example");
  assert_int_equal(t->port, 443);
  assert_sent(t, "");
  assert_int_equal(moat_proxy_stream.recv(&t->p, got, sizeof got), 3);
  moat_proxy_stream.close(&t->p);

  t->f.s.connect_result = MOAT_E_CONNECT;
  assert_int_equal(connect_to(t, "near.example", 443), MOAT_E_CONNECT);
  t->f.s.connect_result = 0;
  says(t, ESTABLISHED);
  assert_int_equal(connects(t), 0);
  assert_string_equal(t->host, "proxy.example");
}

/* ---- Errors ---- */

static int answer_of_port;

static int odd_send(void *io, const void *p, size_t n) {
  (void)io, (void)p, (void)n;
  return answer_of_port;
}

static int odd_recv(void *io, void *p, size_t n) {
  (void)io, (void)p, (void)n;
  return answer_of_port;
}

/* Errors of the lower stream pass as they are. Counts that cannot be are errors. */
static void test_lower_errors(void **state) {
  static const int odd[] = {0, 1000, INT_MAX};
  tunnel *t = *state;
  t->f.s.detail = 111;
  t->f.s.connect_result = MOAT_E_DNS;
  assert_int_equal(connects(t), MOAT_E_DNS);
  assert_int_equal(detail(t), 111);
  t->f.s.connect_result = 0;
  t->f.s.send_error = MOAT_E_NETWORK;
  t->f.s.send_after = 10;
  assert_int_equal(connects(t), MOAT_E_NETWORK);
  assert_false(t->f.s.open);
  assert_false(holds(t->buffer, sizeof t->buffer, "Y2FuYXJ5"));
  t->f.s.send_error = 0;
  t->f.s.end = MOAT_E_EOF;
  says(t, "HTTP/1.1 200 ");
  assert_int_equal(connects(t), MOAT_E_EOF);
  for (size_t i = 0; i < COUNT(odd); i++) {
    answer_of_port = odd[i];
    t->lower.send = odd_send;
    assert_int_equal(connects(t), MOAT_E_PORT);
    t->lower.send = scripted_send;
    t->lower.recv = odd_recv;
    assert_int_equal(connects(t), MOAT_E_PORT);
    t->lower.recv = scripted_recv;
  }
  t->lower.detail = NULL;
  assert_int_equal(detail(t), 0);
  t->lower.wait = NULL;
  assert_int_equal(moat_proxy_stream.wait(&t->p, MOAT_WANT_READ, 1), MOAT_E_PORT);
}

static void test_missing_members(void **state) {
  tunnel *t = *state;
  moat_proxy empty = {0};
  t->p.buffer = NULL;
  assert_int_equal(connects(t), MOAT_E_MISUSE);
  reset(t);
  t->p.host = NULL;
  assert_int_equal(connects(t), MOAT_E_MISUSE);
  t->p = empty;
  assert_int_equal(connects(t), MOAT_E_MISUSE);
  assert_int_equal(detail(t), 0);
  assert_int_equal(moat_proxy_stream.wait(&t->p, MOAT_WANT_READ, 1), MOAT_E_PORT);
  assert_int_equal(t->f.s.connects, 0);
}

/* Closed after any number of steps, it leaves no credentials in the buffer. */
static void test_close_at_any_time(void **state) {
  tunnel *t = *state;
  int r = MOAT_WANT_TIME;
  for (int steps = 1; moat_is_want(r); steps++) {
    reset(t);
    t->f.s.stutter = true;
    t->f.s.chunk = 1;
    for (int i = 0; i < steps && (i == 0 || moat_is_want(r)); i++)
      r = moat_proxy_stream.connect(&t->p, "login.example", 443);
    moat_proxy_stream.close(&t->p);
    assert_false(holds(t->buffer, sizeof t->buffer, "Y2FuYXJ5"));
    assert_false(t->f.s.open);
  }
  assert_int_equal(r, 0);
}

/* ---- Below a client ---- */

/* The client tells a page that came out of the tunnel from a refusal. */
static void test_client(void **state) {
  tunnel *t = *state;
  void *f = NULL;
  assert_int_equal(setup(&f), 0);
  memcpy(&t->f, f, sizeof t->f);
  free(f);
  t->f.c.config.platform_ctx = &t->f.m;
  t->f.m.stream = &t->f.s;
  t->f.c.config.work = t->f.work;
  t->f.c.config.stream = &moat_proxy_stream;
  t->f.c.config.io = &t->p;
  t->f.refresh.grant.auth = &t->f.auth;
  t->f.refresh.grant.access = t->f.access;
  says(t, ESTABLISHED "<html>Please sign in</html>");
  assert_int_equal(run_refresh(&t->f), MOAT_E_PROXY);
  assert_int_equal(moat_error(&t->f.c)->port_code, 200);
  assert_int_equal(moat_judge(moat_error(&t->f.c)).cause, MOAT_CAUSE_PORTAL);
  moat_proxy_stream.close(&t->p);

  t->f.s.sent_size = 0;
  says(t, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 9\r\n\r\nGo away.\n");
  assert_int_equal(run_refresh(&t->f), MOAT_E_PROXY);
  const moat_error_info *e = moat_error(&t->f.c);
  assert_int_equal(e->port_code, 407);
  assert_int_equal(e->status, 0);
  assert_false(e->sent);
  assert_int_equal(moat_judge(e).cause, MOAT_CAUSE_PROXY_LOGIN);
  assert_false(holds(t->f.s.sent, t->f.s.sent_size, "RT.1"));
  moat_cancel(&t->f.c);
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_tunnel, free_tunnel)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_request),         TEST(test_request_in_pieces),
      TEST(test_space),           TEST(test_answers),
      TEST(test_endless),         TEST(test_scheme),
      TEST(test_first_byte),      TEST(test_tunnel),
      TEST(test_bypass),          TEST(test_lower_errors),
      TEST(test_missing_members), TEST(test_close_at_any_time),
      TEST(test_client),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
