/* Two tasks, each with an account, share one grant whose refresh tokens can be used once. The
 * server revokes the grant when it sees one again, as many do (RFC 9700 4.14.2). */
#include "cmocka_all.h"

#include <pthread.h>
#include <stdio.h>

#include "moat/account.h"
#include "scripted.h"

#define URL "https://login.example/token"

enum { REFRESHES = 500 /* one for each task */ };

/* ---- The server, and the platform that the tasks share ---- */

static struct {
  pthread_mutex_t lock, account;
  memory slots;
  unsigned current, posts;
  bool revoked;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER, .account = PTHREAD_MUTEX_INITIALIZER};

typedef struct {
  char request[2048], answer[512];
  size_t received, size, given;
} line;

static const char *answer_to(const char *request) {
  static const char refused[] = "{\"error\":\"invalid_grant\"}";
  static char tokens[2][200];
  const char *token = strstr(request, "refresh_token=RT.");
  unsigned n = token ? (unsigned)atoi(token + strlen("refresh_token=RT.")) : 0;
  world.posts++;
  if (n != world.current) world.revoked = true;
  if (world.revoked) return refused;
  char *out = tokens[world.posts % 2];
  snprintf(out, sizeof tokens[0],
           "{\"access_token\":\"AT.%u\",\"expires_in\":3600,\"refresh_token\":\"RT.%u\"}",
           world.current + 1, world.current + 1);
  world.current++;
  return out;
}

static int line_connect(void *io, const char *host, uint16_t port) {
  (void)host, (void)port;
  *(line *)io = (line){.size = 0};
  return 0;
}

static int line_send(void *io, const void *p, size_t n) {
  line *l = io;
  memcpy(l->request + l->received, p, n);
  l->received += n;
  l->request[l->received] = 0;
  return (int)n;
}

/* The server acts on the request when somebody waits for its answer. */
static int line_recv(void *io, void *p, size_t cap) {
  line *l = io;
  if (!l->received) return MOAT_WANT_READ;
  if (!l->size) {
    pthread_mutex_lock(&world.lock);
    const char *body = answer_to(l->request);
    l->size = (size_t)snprintf(l->answer, sizeof l->answer,
                               "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
                               world.revoked ? "400 No" : "200 OK", strlen(body), body);
    pthread_mutex_unlock(&world.lock);
    return MOAT_WANT_READ;
  }
  size_t n = l->size - l->given < cap ? l->size - l->given : cap;
  memcpy(p, l->answer + l->given, n);
  l->given += n;
  if (l->given == l->size) l->received = l->size = l->given = 0;
  return (int)n;
}

static void line_close(void *io) {
  *(line *)io = (line){.size = 0};
}

static int line_wait(void *io, int want, uint32_t ms) {
  (void)io, (void)want, (void)ms;
  return 0;
}

static const moat_stream_ops line_stream = {.connect = line_connect,
                                            .send = line_send,
                                            .recv = line_recv,
                                            .close = line_close,
                                            .wait = line_wait};

static uint32_t ticks(void *ctx) {
  (void)ctx;
  return 0;
}

static int lock(void *ctx) {
  (void)ctx;
  return pthread_mutex_trylock(&world.account) ? MOAT_WANT_TIME : 0;
}

static void unlock(void *ctx) {
  (void)ctx;
  pthread_mutex_unlock(&world.account);
}

static const moat_platform locked = {.ticks_ms = ticks,
                                     .unix_time = memory_time,
                                     .slot_read = memory_read,
                                     .slot_write = memory_write,
                                     .slot_erase = memory_erase,
                                     .lock = lock,
                                     .unlock = unlock};

/* ---- A task ---- */

typedef struct {
  moat_account account;
  moat_account_config config;
  moat_auth auth;
  line line;
  char memory[4096];
  moat_platform platform;
  int result;
} task;

static void open_task(task *t, bool with_lock) {
  memset(t, 0, sizeof *t);
  t->platform = locked;
  if (!with_lock) t->platform.lock = NULL;
  if (!with_lock) t->platform.unlock = NULL;
  t->auth = (moat_auth){&moat_auth_none, moat_str("client"), {NULL, 0}};
  static const moat_endpoint endpoint = {"login.example", 443, "/token"};
  t->config = (moat_account_config){.platform = &t->platform,
                                    .platform_ctx = &world.slots,
                                    .stream = &line_stream,
                                    .io = &t->line,
                                    .token_endpoint = &endpoint,
                                    .provider = moat_str(URL),
                                    .auth = &t->auth,
                                    .access_size = 127,
                                    .refresh_size = 128,
                                    .text_size = 256,
                                    .keep_access = true};
  assert_int_equal(moat_account_open(&t->account, &t->config, t->memory, sizeof t->memory), 0);
}

static void sign_in(task *t) {
  memset(&world.slots, 0, sizeof world.slots);
  world.slots.unix_time = 1700000000;
  world.current = 1;
  world.posts = 0;
  world.revoked = false;
  assert_int_equal(moat_account_adopt(&t->account, moat_str("RT.1"), MOAT_HOW_CODE, true), 0);
  assert_int_equal(moat_account_run(&t->account), 0);
}

static void *refresh_often(void *p) {
  task *t = p;
  for (int i = 0; i < REFRESHES && t->result == 0; i++) {
    t->result = moat_account_refresh(&t->account);
    if (t->result == 0) t->result = moat_account_run(&t->account);
  }
  return NULL;
}

/* ---- Tests ---- */

static task a, b;

static void test_threads(void **state) {
  (void)state;
  pthread_t threads[2];
  open_task(&a, true);
  open_task(&b, true);
  sign_in(&a);
  assert_int_equal(pthread_create(&threads[0], NULL, refresh_often, &a), 0);
  assert_int_equal(pthread_create(&threads[1], NULL, refresh_often, &b), 0);
  pthread_join(threads[0], NULL);
  pthread_join(threads[1], NULL);
  assert_int_equal(a.result, 0);
  assert_int_equal(b.result, 0);
  assert_int_equal(world.posts, 2 * REFRESHES);
  assert_false(world.revoked);
}

/* Both want a token at once and step in turn. The first one gets every possible head start. */
static unsigned interleave(bool with_lock, unsigned head_start) {
  open_task(&a, with_lock);
  open_task(&b, with_lock);
  sign_in(&a);
  assert_int_equal(moat_account_token(&a.account), 0);
  assert_int_equal(moat_account_token(&b.account), 0);
  int r = MOAT_WANT_TIME, s = MOAT_WANT_TIME;
  for (unsigned i = 0; moat_is_want(r) || moat_is_want(s); i++) {
    r = moat_account_step(&a.account);
    if (i >= head_start) s = moat_account_step(&b.account);
  }
  if (with_lock) assert_true(r == 0 && s == 0);
  return world.posts;
}

static void test_one_post(void **state) {
  (void)state;
  for (unsigned head_start = 0; head_start < 20; head_start++) {
    assert_int_equal(interleave(true, head_start), 1);
    assert_false(world.revoked);
  }
}

/* As port.h says of a NULL lock: with two tasks on one grant, the grant dies. */
static void test_without_a_lock(void **state) {
  (void)state;
  unsigned died = 0;
  for (unsigned head_start = 0; head_start < 20; head_start++) {
    (void)interleave(false, head_start);
    died += world.revoked;
  }
  assert_true(died > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_threads),
      cmocka_unit_test(test_one_post),
      cmocka_unit_test(test_without_a_lock),
  };
  return cmocka_run_group_tests_name("two tasks", tests, NULL, NULL);
}
