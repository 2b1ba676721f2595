/* The POSIX port: how a name becomes a connection. getaddrinfo is replaced by one that can hang and
 * fail. */
#define _GNU_SOURCE 1 /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "posix_fixture.h"

/* ---- A resolver under our control ---- */

static struct {
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  int entered, released, ended; /* calls for "never.test", and how many have come how far */
  int lookups;                  /* of "many.test" */
  int signals_open;             /* 1 if the thread would take SIGTERM or SIGPIPE */
  const char *addresses[12];    /* the addresses of "many.test", ended by NULL */
  pthread_key_t at_exit;
} fake = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static char our_node[] = "fake";

static void bump(int *counter) {
  pthread_mutex_lock(&fake.mutex);
  ++*counter;
  pthread_cond_broadcast(&fake.changed);
  pthread_mutex_unlock(&fake.mutex);
}

static void await(const int *counter, int at_least) {
  pthread_mutex_lock(&fake.mutex);
  while (*counter < at_least)
    pthread_cond_wait(&fake.changed, &fake.mutex);
  pthread_mutex_unlock(&fake.mutex);
}

/* The destructor of thread-specific data runs after the last line of the thread's function. */
static void thread_ended(void *p) {
  (void)p;
  bump(&fake.ended);
}

/* Counts the entries of /proc/self/task: two, and one for each thread, of qemu-user as well. */
static nlink_t links_at_first;

static int make_key(void **state) {
  struct stat st;
  (void)state;
  if (stat("/proc/self/task", &st) == 0) links_at_first = st.st_nlink;
  return pthread_key_create(&fake.at_exit, thread_ended);
}

static void hang(void) {
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, NULL, &blocked);
  fake.signals_open = !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGPIPE);
  pthread_setspecific(fake.at_exit, &fake);
  bump(&fake.entered);
  await(&fake.released, 1);
}

static struct addrinfo *node(const char *text, const char *service) {
  struct addrinfo *a = calloc(1, sizeof *a + sizeof(struct sockaddr_in6));
  struct sockaddr_in6 *v6 = (void *)(a + 1);
  struct sockaddr_in *v4 = (void *)(a + 1);
  in_port_t port = htons((uint16_t)strtoul(service, NULL, 10));
  a->ai_canonname = our_node;
  a->ai_addr = (void *)v4;
  a->ai_family = strchr(text, ':') ? AF_INET6 : AF_INET;
  a->ai_addr->sa_family = (sa_family_t)a->ai_family;
  if (a->ai_family == AF_INET6) {
    a->ai_addrlen = sizeof *v6;
    v6->sin6_port = port;
    assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
  } else {
    a->ai_addrlen = sizeof *v4;
    v4->sin_port = port;
    assert_int_equal(inet_pton(AF_INET, text, &v4->sin_addr), 1);
  }
  return a;
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **list) {
  int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
  *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
  if (hints->ai_flags & AI_NUMERICHOST) return real(host, service, hints, list);
  if (strcmp(host, "real.test") == 0) return real("localhost", service, hints, list);
  if (strcmp(host, "never.test") == 0) hang();
  if (strcmp(host, "many.test") != 0) return EAI_NONAME;
  bump(&fake.lookups);
  for (size_t i = 0; fake.addresses[i]; i++) {
    *list = node(fake.addresses[i], service);
    list = &(*list)->ai_next;
  }
  return 0;
}

void freeaddrinfo(struct addrinfo *list) {
  void (*real)(struct addrinfo *);
  *(void **)&real = dlsym(RTLD_NEXT, "freeaddrinfo");
  if (!list || list->ai_canonname != our_node) {
    real(list);
    return;
  }
  while (list) {
    struct addrinfo *next = list->ai_next;
    free(list);
    list = next;
  }
}

/* ---- A clock that can be set ---- */

static time_t later; /* seconds */

int clock_gettime(clockid_t id, struct timespec *t) {
  int (*real)(clockid_t, struct timespec *);
  *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
  int r = real(id, t);
  t->tv_sec += later;
  return r;
}

/* ---- Connections ---- */

/* One port on both addresses: `dead` takes no connections, `live` does. */
static uint16_t dead_and_live(const char *dead, int *dead_fd, const char *live, int *live_fd) {
  for (;;) {
    *live_fd = bind_to(live, 0);
    assert_true(*live_fd >= 0);
    uint16_t port = port_of(*live_fd);
    *dead_fd = bind_to(dead, port);
    if (*dead_fd >= 0 || errno != EADDRINUSE) {
      assert_int_equal(listen(*live_fd, 4), 0);
      return port;
    }
    close(*live_fd);
  }
}

static void assert_peer(const moat_posix_net *net, const char *text) {
  struct sockaddr_storage a;
  socklen_t n = sizeof a;
  char got[64];
  assert_int_equal(getpeername(moat_posix_fd(net), (struct sockaddr *)&a, &n), 0);
  assert_int_equal(getnameinfo((struct sockaddr *)&a, n, got, sizeof got, NULL, 0, NI_NUMERICHOST),
                   0);
  assert_string_equal(got, text);
}

static void test_refused(void **state) {
  (void)state;
  moat_posix_net net = {0};
  int bound = bind_to("127.0.0.1", 0);
  assert_int_equal(connect_waiting(&net, "127.0.0.1", port_of(bound)), MOAT_E_CONNECT);
  assert_int_equal(STREAM.detail(&net), ECONNREFUSED);
  assert_int_equal(moat_posix_fd(&net), -1);
  /* The same struct serves the next try. */
  assert_int_equal(listen(bound, 1), 0);
  assert_int_equal(connect_waiting(&net, "127.0.0.1", port_of(bound)), 0);
  assert_int_equal(STREAM.detail(&net), 0);
  STREAM.close(&net);
  close(bound);
}

static void test_dead_address_then_live(void **state) {
  (void)state;
  moat_posix_net net = {0};
  int dead, live;
  uint16_t port = dead_and_live("::1", &dead, "127.0.0.1", &live);
  fake.addresses[0] = "::1";
  fake.addresses[1] = "127.0.0.1";
  fake.addresses[2] = NULL;
  assert_int_equal(connect_waiting(&net, "many.test", port), 0);
  assert_peer(&net, "127.0.0.1");
  STREAM.close(&net);
  /* localhost stands for both loopback addresses, without a question to the resolver. */
  assert_int_equal(connect_waiting(&net, "localhost", port), 0);
  assert_peer(&net, "127.0.0.1");
  assert_null(net.lookup);
  STREAM.close(&net);
  close(live);
  if (dead < 0) return; /* a machine without IPv6 */
  assert_int_equal(listen(dead, 1), 0);
  assert_int_equal(connect_waiting(&net, "LocalHost", port), 0);
  assert_peer(&net, "::1");
  STREAM.close(&net);
  assert_int_equal(connect_waiting(&net, "::1", port), 0);
  STREAM.close(&net);
  close(dead);
}

/* When a listener's queue is full, further connections hang, as with a silent firewall. */
static void test_silent_address_has_a_turn(void **state) {
  (void)state;
  moat_posix_net net = {.timeout_ms = 40}, filler = {0};
  int silent, live;
  uint16_t port = dead_and_live("127.0.0.2", &silent, "127.0.0.1", &live);
  assert_int_equal(listen(silent, 0), 0);
  assert_int_equal(connect_waiting(&filler, "127.0.0.2", port), 0);
  struct pollfd queued = {.fd = silent, .events = POLLIN};
  assert_int_equal(poll(&queued, 1, -1), 1);

  fake.addresses[0] = "127.0.0.2";
  fake.addresses[1] = "127.0.0.1";
  fake.addresses[2] = NULL;
  int r;
  while ((r = STREAM.connect(&net, "many.test", port)) == MOAT_WANT_READ)
    assert_int_equal(STREAM.wait(&net, r, FOREVER), 0);
  if (r == MOAT_WANT_WRITE) assert_true(moat_posix_wait_ms(&net) <= 20);
  if (r == MOAT_WANT_WRITE) assert_int_equal(STREAM.wait(&net, r, FOREVER), 0);
  assert_int_equal(connect_waiting(&net, "many.test", port), 0);
  assert_peer(&net, "127.0.0.1");
  assert_int_equal(moat_posix_wait_ms(&net), UINT32_MAX);
  STREAM.close(&net);

  /* The last address has no time limit of its own. Only the caller's ends it. */
  assert_int_equal(STREAM.connect(&net, "127.0.0.2", port), MOAT_WANT_WRITE);
  assert_int_equal(moat_posix_wait_ms(&net), UINT32_MAX);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_WRITE, 1), MOAT_WANT_TIME);
  STREAM.close(&net);
  STREAM.close(&filler);
  close(silent);
  close(live);
}

static void test_families_alternate(void **state) {
  (void)state;
  static const char *const given[] = {"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4",
                                      "127.0.0.5", "127.0.0.6", "127.0.0.7", "127.0.0.8",
                                      "127.0.0.9", "::1",       "::1",       NULL};
  static const int wanted[] = {1, 0, 2, 0, 3, 4, 5, 6}; /* last byte of IPv4, 0 for IPv6 */
  moat_posix_net net = {0};
  int bound = bind_to("0.0.0.0", 0);
  uint16_t port = port_of(bound);
  memcpy(fake.addresses, given, sizeof given);
  assert_int_equal(connect_waiting(&net, "many.test", port), MOAT_E_CONNECT);
  assert_int_equal(net.addresses.n, MOAT_POSIX_ADDRESSES);
  for (int i = 0; i < MOAT_POSIX_ADDRESSES; i++) {
    int v6 = net.addresses.at[i].any.sa_family == AF_INET6;
    uint32_t v4 = ntohl(net.addresses.at[i].v4.sin_addr.s_addr);
    assert_int_equal(v6 ? 0 : v4 & 255, wanted[i]);
  }
  close(bound);
}

static void test_unknown_name(void **state) {
  (void)state;
  moat_posix_net net = {0};
  assert_int_equal(connect_waiting(&net, "none.test", 443), MOAT_E_DNS);
  assert_int_equal(STREAM.detail(&net), EAI_NONAME);
  assert_int_equal(moat_posix_fd(&net), -1);
}

/* The system's own resolver, on the small stack of the thread. */
static void test_system_resolver(void **state) {
  (void)state;
  moat_posix_net net = {0};
  int listener = bind_to("127.0.0.1", 0);
  assert_int_equal(listen(listener, 1), 0);
  int r = connect_waiting(&net, "real.test", port_of(listener));
  if (r != MOAT_E_DNS) assert_int_equal(r, 0); /* a machine may lack /etc/hosts */
  STREAM.close(&net);
  close(listener);
}

/* ---- A resolver that never answers ---- */

static void start_hanging(moat_posix_net *net) {
  fake.entered = fake.released = fake.ended = 0;
  fake.addresses[0] = NULL;
  assert_int_equal(STREAM.connect(net, "never.test", 443), MOAT_WANT_READ);
  await(&fake.entered, 1);
}

static void test_hanging_resolver_is_left_behind(void **state) {
  (void)state;
  moat_posix_net net = {0};
  start_hanging(&net);
  assert_false(fake.signals_open);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(STREAM.connect(&net, "never.test", 443), MOAT_WANT_READ);
    assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 1), MOAT_WANT_TIME);
  }
  int fd = moat_posix_fd(&net);
  assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  STREAM.close(&net); /* the thread still hangs, so this cannot have waited for it */
  assert_int_equal(fake.ended, 0);
  assert_int_equal(fcntl(fd, F_GETFD), -1);

  /* Meanwhile the struct is free for another host. */
  int listener = bind_to("127.0.0.1", 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(connect_waiting(&net, "127.0.0.1", port_of(listener)), 0);
  bump(&fake.released);
  await(&fake.ended, 1);
  char got[1];
  assert_int_equal(STREAM.recv(&net, got, 1), MOAT_WANT_READ);
  STREAM.close(&net);
  close(listener);
}

static void test_late_answer_is_taken(void **state) {
  (void)state;
  moat_posix_net net = {0};
  start_hanging(&net);
  bump(&fake.released);
  assert_int_equal(connect_waiting(&net, "never.test", 443), MOAT_E_DNS);
  await(&fake.ended, 1);
}

/* ---- Fewer packets and system calls ---- */

static void reconnect(moat_posix_net *net, const char *host, uint16_t port, int lookups) {
  assert_int_equal(connect_waiting(net, host, port), 0);
  STREAM.close(net);
  assert_int_equal(fake.lookups, lookups);
}

static void test_addresses_serve_for_a_minute(void **state) {
  (void)state;
  static moat_posix_net net;
  int listener = bind_to("127.0.0.1", 0);
  uint16_t port = port_of(listener);
  assert_int_equal(listen(listener, 8), 0);
  fake.lookups = 0;
  fake.addresses[0] = "127.0.0.1";
  fake.addresses[1] = NULL;
  reconnect(&net, "many.test", port, 1);
  reconnect(&net, "many.test", port, 1);
  later = 61;
  reconnect(&net, "many.test", port, 2);
  reconnect(&net, "127.0.0.1", port, 2); /* these are not those of the name */
  reconnect(&net, "many.test", port, 3);
  close(listener);
  assert_int_equal(connect_waiting(&net, "many.test", port), MOAT_E_CONNECT);
  assert_int_equal(connect_waiting(&net, "many.test", port), MOAT_E_CONNECT);
  assert_int_equal(fake.lookups, 4);
  later = 0;
}

/* A lookup that was left behind frees its memory itself. Until its thread has ended, that looks
 * like a leak. */
static int threads_ended(void **state) {
  struct stat st;
  (void)state;
  while (stat("/proc/self/task", &st) == 0 && st.st_nlink > links_at_first)
    (void)poll(NULL, 0, 1);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_dead_address_then_live),
      cmocka_unit_test(test_silent_address_has_a_turn),
      cmocka_unit_test(test_families_alternate),
      cmocka_unit_test(test_unknown_name),
      cmocka_unit_test(test_system_resolver),
      cmocka_unit_test(test_hanging_resolver_is_left_behind),
      cmocka_unit_test(test_late_answer_is_taken),
      cmocka_unit_test(test_addresses_serve_for_a_minute),
  };
  return cmocka_run_group_tests_name("posix: network", tests, make_key, threads_ended);
}
