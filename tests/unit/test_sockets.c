/* The port to sockets, over those of this machine: how a name becomes a connection, and the lock.
 */
#define _GNU_SOURCE 1 /* RTLD_NEXT */
#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmocka_all.h"

#include "../../port/sockets/moat_sockets.h"

#define STREAM moat_sockets_stream
#define FOREVER 600000

static moat_sockets_mutex mutex;

static int make_mutex(void **state) {
  (void)state;
  return moat_sockets_mutex_init(&mutex);
}

/* ---- A peer on loopback ---- */

/* 127.0.0.2 has no listener: it refuses. */
static moat_sockets_address address(const char *text) {
  moat_sockets_address a = {.v4 = {.sin_family = AF_INET}};
  assert_int_equal(inet_pton(AF_INET, text, &a.v4.sin_addr), 1);
  return a;
}

static int listen_on(const char *text, uint16_t *port, int backlog) {
  moat_sockets_address a = address(text);
  socklen_t n = sizeof a.v4;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  assert_true(fd >= 0);
  a.v4.sin_port = htons(*port);
  assert_int_equal(bind(fd, &a.any, n), 0);
  assert_int_equal(listen(fd, backlog), 0);
  assert_int_equal(getsockname(fd, &a.any, &n), 0);
  *port = ntohs(a.v4.sin_port);
  return fd;
}

static int listen_on_loopback(uint16_t *port) {
  *port = 0;
  return listen_on("127.0.0.1", port, 4);
}

static int connect_waiting(moat_sockets *net, const char *host, uint16_t port) {
  int r;
  while ((r = STREAM.connect(net, host, port)) == MOAT_WANT_READ || r == MOAT_WANT_WRITE)
    (void)STREAM.wait(net, r, 1000);
  return r;
}

/* ---- A resolver under our control ---- */

static struct {
  int result;
  uint32_t cookie;
  int calls;
  char host[32];
} asked;

static int look_up(void *ctx, moat_sockets *net, uint32_t cookie, const char *host) {
  assert_ptr_equal(ctx, &asked);
  assert_non_null(net);
  asked.cookie = cookie;
  asked.calls++;
  assert_true(strlen(host) < sizeof asked.host);
  strcpy(asked.host, host);
  return asked.result;
}

static moat_sockets asking(void) {
  memset(&asked, 0, sizeof asked);
  return (moat_sockets){.mutex = &mutex, .look_up = look_up, .look_up_ctx = &asked};
}

static void test_answers_come_later(void **state) {
  uint16_t port;
  int listener = listen_on_loopback(&port);
  moat_sockets net = asking();
  moat_sockets_address here = address("127.0.0.1");
  (void)state;
  assert_int_equal(STREAM.connect(&net, "name.test", port), MOAT_WANT_READ);
  assert_string_equal(asked.host, "name.test");
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 20), MOAT_WANT_TIME);
  assert_int_equal(STREAM.connect(&net, "name.test", port), MOAT_WANT_READ);
  assert_int_equal(asked.calls, 1);
  moat_sockets_answer(&net, asked.cookie, &here, 1, 0);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, FOREVER), 0);
  assert_int_equal(connect_waiting(&net, "name.test", port), 0);
  assert_int_equal(STREAM.detail(&net), 0);
  STREAM.close(&net);
  close(listener);
}

/* The second lookup is not told what the first one found, whether the answer comes before or after
 * it begins. */
static void test_late_answers_are_ignored(void **state) {
  moat_sockets net = asking();
  moat_sockets_address there = address("127.0.0.2");
  (void)state;
  assert_int_equal(STREAM.connect(&net, "first.test", 1), MOAT_WANT_READ);
  uint32_t first = asked.cookie;
  STREAM.close(&net);
  moat_sockets_answer(&net, first, NULL, 0, 6);
  assert_int_equal(STREAM.detail(&net), 0);
  assert_int_equal(STREAM.connect(&net, "second.test", 1), MOAT_WANT_READ);
  moat_sockets_answer(&net, first, &there, 1, 0);
  moat_sockets_answer(&net, first, NULL, 0, 7);
  assert_int_equal(STREAM.connect(&net, "second.test", 1), MOAT_WANT_READ);
  moat_sockets_answer(&net, asked.cookie, NULL, 0, 8);
  moat_sockets_answer(&net, asked.cookie, &there, 1, 0);
  assert_int_equal(STREAM.connect(&net, "second.test", 1), MOAT_E_DNS);
  assert_int_equal(STREAM.detail(&net), 8);
  STREAM.close(&net);
  assert_int_equal(STREAM.detail(&net), 8);
}

static int answer_at_once(void *ctx, moat_sockets *net, uint32_t cookie, const char *host) {
  (void)host;
  moat_sockets_answer(net, cookie, ctx, 1, 0);
  return 0;
}

static void test_answers_come_at_once(void **state) {
  uint16_t port;
  int listener = listen_on_loopback(&port);
  moat_sockets_address here = address("127.0.0.1");
  moat_sockets net = {.mutex = &mutex, .look_up = answer_at_once, .look_up_ctx = &here};
  (void)state;
  assert_int_equal(connect_waiting(&net, "name.test", port), 0);
  STREAM.close(&net);
  close(listener);
}

static void test_resolvers_are_busy_or_fail(void **state) {
  moat_sockets net = asking();
  (void)state;
  asked.result = MOAT_WANT_READ;
  assert_int_equal(STREAM.connect(&net, "name.test", 1), MOAT_WANT_READ);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 10), MOAT_WANT_TIME);
  asked.result = 0;
  assert_int_equal(STREAM.connect(&net, "name.test", 1), MOAT_WANT_READ);
  assert_int_equal(asked.calls, 2);
  STREAM.close(&net);
  asked.result = MOAT_E_PORT;
  assert_int_equal(STREAM.connect(&net, "name.test", 1), MOAT_E_PORT);
  moat_sockets_answer(&net, asked.cookie, NULL, 0, 6);
  assert_int_equal(STREAM.detail(&net), 0);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 10), MOAT_E_MISUSE);
  moat_sockets without = {0};
  assert_int_equal(STREAM.connect(&without, "name.test", 1), MOAT_E_DNS);
  STREAM.close(&without);
}

static void test_addresses_are_tried_in_turn(void **state) {
  uint16_t port;
  int listener = listen_on_loopback(&port);
  moat_sockets net = asking();
  moat_sockets_address found[] = {address("127.0.0.2"), address("127.0.0.1")};
  (void)state;
  assert_int_equal(STREAM.connect(&net, "name.test", port), MOAT_WANT_READ);
  moat_sockets_answer(&net, asked.cookie, found, 2, 0);
  assert_int_equal(connect_waiting(&net, "name.test", port), 0);
  STREAM.close(&net);
  close(listener);
  assert_int_equal(STREAM.connect(&net, "name.test", port), MOAT_WANT_READ);
  moat_sockets_answer(&net, asked.cookie, found, 2, 0);
  assert_int_equal(connect_waiting(&net, "name.test", port), MOAT_E_CONNECT);
  assert_int_equal(STREAM.detail(&net), ECONNREFUSED);
}

/* The queue of the first address is full, so it neither takes a connection nor refuses one. The
 * time of its turn is put back, so that nobody waits for its end. */
static void test_a_turn_ends(void **state) {
  enum { QUEUED = 4, TURN_MS = 3000 };
  uint16_t port = 0;
  int full = listen_on("127.0.0.1", &port, 0), other = listen_on("127.0.0.2", &port, 4);
  moat_sockets queued[QUEUED] = {{0}}, net = asking();
  moat_sockets_address found[] = {address("127.0.0.1"), address("127.0.0.2")};
  (void)state;
  for (int i = 0; i < QUEUED; i++)
    (void)STREAM.connect(&queued[i], "127.0.0.1", port);
  assert_int_equal(STREAM.connect(&net, "name.test", port), MOAT_WANT_READ);
  moat_sockets_answer(&net, asked.cookie, found, 2, 0);
  assert_int_equal(STREAM.connect(&net, "name.test", port), MOAT_WANT_WRITE);
  assert_int_equal(net.next, 1);
  net.turn_began -= TURN_MS;
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_WRITE, FOREVER), 0);
  assert_int_equal(connect_waiting(&net, "name.test", port), 0);
  assert_int_equal(net.next, 2);
  STREAM.close(&net);
  for (int i = 0; i < QUEUED; i++)
    STREAM.close(&queued[i]);
  close(full);
  close(other);
}

static void test_too_many_addresses_are_cut(void **state) {
  moat_sockets net = asking();
  moat_sockets_address found[MOAT_SOCKETS_ADDRESSES + 2];
  (void)state;
  for (size_t i = 0; i < sizeof found / sizeof *found; i++)
    found[i] = address("127.0.0.2");
  assert_int_equal(STREAM.connect(&net, "name.test", 1), MOAT_WANT_READ);
  moat_sockets_answer(&net, asked.cookie, found, sizeof found / sizeof *found, 0);
  assert_int_equal(net.n, MOAT_SOCKETS_ADDRESSES);
  assert_int_equal(connect_waiting(&net, "name.test", 1), MOAT_E_CONNECT);
}

/* ---- getaddrinfo() in a thread ---- */

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int released;
} hung = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **list) {
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  if (strcmp(host, "here.test") == 0) return real("127.0.0.1", service, hints, list);
  if (strcmp(host, "hung.test") != 0) return EAI_NONAME;
  pthread_mutex_lock(&hung.mutex);
  while (!hung.released)
    pthread_cond_wait(&hung.changed, &hung.mutex);
  pthread_mutex_unlock(&hung.mutex);
  return EAI_AGAIN;
}

static void release_hung(void) {
  pthread_mutex_lock(&hung.mutex);
  hung.released = 1;
  pthread_cond_broadcast(&hung.changed);
  pthread_mutex_unlock(&hung.mutex);
}

static void test_threads_look_names_up(void **state) {
  static moat_sockets_threads threads = {.mutex = &mutex, .stack_size = 262144};
  static moat_sockets net = {
      .mutex = &mutex, .look_up = moat_sockets_look_up, .look_up_ctx = &threads};
  char long_name[300];
  uint16_t port;
  int listener = listen_on_loopback(&port);
  (void)state;
  memset(long_name, 'x', sizeof long_name);
  long_name[sizeof long_name - 1] = '\0';
  assert_int_equal(STREAM.connect(&net, long_name, port), MOAT_E_DNS);
  assert_int_equal(connect_waiting(&net, "here.test", port), 0);
  STREAM.close(&net);
  assert_int_equal(connect_waiting(&net, "nobody.test", port), MOAT_E_DNS);
  assert_int_equal(STREAM.detail(&net), EAI_NONAME);
  close(listener);
}

/* A lookup that was given up keeps its place until getaddrinfo() returns. */
static void test_lookups_wait_for_a_place(void **state) {
  static moat_sockets_threads threads = {.mutex = &mutex};
  static moat_sockets net = {
      .mutex = &mutex, .look_up = moat_sockets_look_up, .look_up_ctx = &threads};
  (void)state;
  for (int i = 0; i < MOAT_SOCKETS_LOOKUPS; i++) {
    assert_int_equal(STREAM.connect(&net, "hung.test", 1), MOAT_WANT_READ);
    STREAM.close(&net);
  }
  assert_int_equal(STREAM.connect(&net, "nobody.test", 1), MOAT_WANT_READ);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 50), MOAT_WANT_TIME);
  assert_int_equal(STREAM.connect(&net, "nobody.test", 1), MOAT_WANT_READ);
  release_hung();
  assert_int_equal(connect_waiting(&net, "nobody.test", 1), MOAT_E_DNS);
  assert_int_equal(STREAM.detail(&net), EAI_NONAME);
}

/* ---- Bytes ---- */

static void test_bytes_and_ends(void **state) {
  uint16_t port;
  int listener = listen_on_loopback(&port), on = 0;
  socklen_t size = sizeof on;
  moat_sockets net = {.mutex = &mutex};
  char byte = 0;
  (void)state;
  assert_int_equal(STREAM.send(&net, "x", 1), MOAT_E_MISUSE);
  assert_int_equal(STREAM.recv(&net, &byte, 1), MOAT_E_MISUSE);
  assert_int_equal(connect_waiting(&net, "127.0.0.1", port), 0);
  assert_int_equal(getsockopt(net.fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
  assert_int_equal(on != 0, 1);
  int peer = accept(listener, NULL, NULL);
  assert_int_equal(STREAM.recv(&net, &byte, 1), MOAT_WANT_READ);
  assert_int_equal(STREAM.send(&net, "x", 1), 1);
  assert_int_equal(read(peer, &byte, 1), 1);
  assert_int_equal(byte, 'x');
  assert_int_equal(write(peer, "y", 1), 1);
  close(peer);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, FOREVER), 0);
  assert_int_equal(STREAM.recv(&net, &byte, 1), 1);
  assert_int_equal(byte, 'y');
  assert_int_equal(STREAM.recv(&net, &byte, 0), MOAT_E_MISUSE);
  assert_int_equal(STREAM.recv(&net, &byte, 1), MOAT_E_EOF);
  STREAM.close(&net);
  close(listener);
}

/* No address of this family, in whatever words. */
static void test_ipv6_addresses_need_no_resolver(void **state) {
  moat_sockets net = {0};
  (void)state;
  assert_int_not_equal(connect_waiting(&net, "::1", 1), MOAT_E_DNS);
  assert_int_equal(net.addresses[0].any.sa_family, AF_INET6);
}

static void test_a_full_connection_says_so(void **state) {
  static char bytes[1 << 20];
  uint16_t port;
  int listener = listen_on_loopback(&port), r;
  moat_sockets net = {.mutex = &mutex};
  (void)state;
  assert_int_equal(connect_waiting(&net, "127.0.0.1", port), 0);
  while ((r = STREAM.send(&net, bytes, sizeof bytes)) > 0)
    ;
  assert_int_equal(r, MOAT_WANT_WRITE);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_WRITE, 150), MOAT_WANT_TIME);
  STREAM.close(&net);
  close(listener);
}

/* ---- Waiting ---- */

static int count_down(void *ctx) {
  int *left = ctx;
  return --*left ? 0 : MOAT_E_CANCEL;
}

static void test_idle_ends_a_wait(void **state) {
  int left = 3;
  moat_sockets net = {.idle = count_down, .idle_ctx = &left};
  (void)state;
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_TIME, FOREVER), MOAT_E_CANCEL);
  assert_int_equal(left, 0);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 1), MOAT_E_MISUSE);
}

/* ---- The lock ---- */

static moat_sockets_gate gate = {.mutex = &mutex};
enum { TIMES = 2000 };
static int counted;

static void *count_up(void *arg) {
  moat_sockets_account account = {.gate = &gate};
  (void)arg;
  for (int i = 0; i < TIMES; i++) {
    while (moat_sockets_lock(&account) == MOAT_WANT_TIME)
      sched_yield();
    counted++;
    moat_sockets_unlock(&account);
  }
  return NULL;
}

static void test_one_task_has_the_lock(void **state) {
  pthread_t threads[2];
  (void)state;
  for (int i = 0; i < 2; i++)
    assert_int_equal(pthread_create(&threads[i], NULL, count_up, NULL), 0);
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(counted, 2 * TIMES);
}

/* Two contexts of one task, which a mutex that is recursive would not keep apart. */
static void test_one_context_has_the_lock(void **state) {
  moat_sockets_account first = {.gate = &gate}, second = first, alone = {0};
  (void)state;
  assert_int_equal(moat_sockets_lock(&first), 0);
  assert_int_equal(moat_sockets_lock(&second), MOAT_WANT_TIME);
  assert_int_equal(moat_sockets_lock(&first), MOAT_WANT_TIME);
  moat_sockets_unlock(&first);
  assert_int_equal(moat_sockets_lock(&second), 0);
  moat_sockets_unlock(&second);
  assert_int_equal(moat_sockets_lock(&alone), 0);
  moat_sockets_unlock(&alone);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_answers_come_later),
      cmocka_unit_test(test_late_answers_are_ignored),
      cmocka_unit_test(test_answers_come_at_once),
      cmocka_unit_test(test_resolvers_are_busy_or_fail),
      cmocka_unit_test(test_addresses_are_tried_in_turn),
      cmocka_unit_test(test_a_turn_ends),
      cmocka_unit_test(test_too_many_addresses_are_cut),
      cmocka_unit_test(test_threads_look_names_up),
      cmocka_unit_test(test_lookups_wait_for_a_place),
      cmocka_unit_test(test_bytes_and_ends),
      cmocka_unit_test(test_ipv6_addresses_need_no_resolver),
      cmocka_unit_test(test_a_full_connection_says_so),
      cmocka_unit_test(test_idle_ends_a_wait),
      cmocka_unit_test(test_one_task_has_the_lock),
      cmocka_unit_test(test_one_context_has_the_lock),
  };
  return cmocka_run_group_tests_name("port to sockets", tests, make_mutex, NULL);
}
