/* The POSIX port's loopback listener: both addresses, and a crowd that locks nobody out. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../port/posix/moat_posix.h"

enum { CROWD = 100, PATIENCE_MS = 20000 };

static moat_posix_listener l;

/* ---- A process that may open no more files, so many times ---- */

static int refused_files;
int accept4(int fd, struct sockaddr *a, socklen_t *n, int flags);

/* Takes the place of the system's. */
int accept(int fd, struct sockaddr *restrict a, socklen_t *restrict n) {
  if (refused_files == 0) return accept4(fd, a, n, 0);
  refused_files--;
  errno = EMFILE;
  return -1;
}

/* ---- A judge that takes a request for complete at its first '!' ---- */

static struct {
  int calls, asked; /* how often it was asked, and how many requests were complete */
  int visitor;      /* the last complete one */
  size_t n;
} judged;

static int judge(void *ctx, int visitor, char *p, size_t n) {
  assert_ptr_equal(ctx, &judged);
  assert_ptr_equal(p, l.buffer[visitor]);
  judged.calls++;
  if (!memchr(p, '!', n) && n < MOAT_POSIX_REQUEST) return MOAT_WANT_READ;
  judged.asked++;
  judged.visitor = visitor;
  judged.n = n;
  return 0;
}

static int open_it(void **state) {
  (void)state;
  memset(&l, 0, sizeof l);
  memset(&judged, 0, sizeof judged);
  l.request = judge;
  l.ctx = &judged;
  return moat_posix_listen(&l, 0);
}

static int close_it(void **state) {
  (void)state;
  moat_posix_listen_close(&l);
  return 0;
}

/* ---- Visitors ---- */

typedef union {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} address;

static socklen_t loopback(address *a, int family, uint16_t port) {
  memset(a, 0, sizeof *a);
  if (family == AF_INET6) {
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = htons(port);
    a->v6.sin6_addr = (struct in6_addr)IN6ADDR_LOOPBACK_INIT;
    return sizeof a->v6;
  }
  a->v4.sin_family = AF_INET;
  a->v4.sin_port = htons(port);
  a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return sizeof a->v4;
}

static int visit(int family) {
  address a;
  socklen_t size = loopback(&a, family, l.port);
  int fd = socket(family, SOCK_STREAM, 0);
  assert_true(fd >= 0);
  assert_int_equal(connect(fd, &a.any, size), 0);
  return fd;
}

static void tell(int fd, const char *text) {
  assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Steps whenever there is something to do, until this many requests were complete. */
static void step_until_asked(int asked) {
  struct pollfd fds[MOAT_POSIX_LISTEN_FDS];
  while (judged.asked < asked) {
    int n = moat_posix_listen_fds(&l, fds);
    assert_true(poll(fds, (nfds_t)n, PATIENCE_MS) > 0);
    moat_posix_listen_step(&l);
  }
}

static void assert_told(int fd, const char *text) {
  char got[64];
  size_t n = 0;
  for (ssize_t r; n < sizeof got - 1 && (r = recv(fd, got + n, sizeof got - 1 - n, 0)) > 0;)
    n += (size_t)r;
  got[n] = '\0';
  assert_string_equal(got, text);
}

/* ---- Tests ---- */

static void test_both_addresses(void **state) {
  (void)state;
  static const int families[] = {AF_INET, AF_INET6};
  assert_true(l.port > 0);
  for (int i = 0; i < 1 + l.has_v6; i++) {
    int fd = visit(families[i]);
    tell(fd, "hello!");
    step_until_asked(i + 1);
    assert_int_equal(judged.n, 6);
    moat_posix_listen_answer(&l, judged.visitor, "welcome", 7);
    assert_told(fd, "welcome");
    close(fd);
  }
}

static void test_taken_port(void **state) {
  (void)state;
  static moat_posix_listener other;
  assert_int_equal(moat_posix_listen(&other, l.port), MOAT_E_PORT);
  assert_int_equal(other.error, EADDRINUSE);
  assert_int_equal(other.port, 0);
  uint16_t port = l.port;
  moat_posix_listen_close(&l);
  assert_int_equal(moat_posix_listen(&other, port), 0);
  assert_int_equal(other.port, port);
  moat_posix_listen_close(&other);
}

/* A browser may take either address for localhost, so one of them alone is not enough. */
static void test_port_taken_on_one_address(void **state) {
  (void)state;
  static const int families[] = {AF_INET, AF_INET6};
  bool has_v6 = l.has_v6;
  uint16_t port = l.port;
  moat_posix_listen_close(&l);
  for (int i = 0; i < 2 && has_v6; i++) {
    address a;
    int on = 1, fd = socket(families[i], SOCK_STREAM, 0);
    if (i == 1) assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on), 0);
    assert_int_equal(bind(fd, &a.any, loopback(&a, families[i], port)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(moat_posix_listen(&l, port), MOAT_E_PORT);
    assert_int_equal(l.error, EADDRINUSE);
    assert_int_equal(l.fd[0], -1);
    close(fd);
    assert_int_equal(moat_posix_listen(&l, port), 0); /* nothing of it was left open */
    moat_posix_listen_close(&l);
  }
}

/* A visitor who waits for an answer keeps its place and buffer, however many come after. */
static void test_crowd(void **state) {
  (void)state;
  static int crowd[CROWD];
  for (int i = 0; i < CROWD; i++) {
    crowd[i] = visit(AF_INET);
    if (i % 2) tell(crowd[i], "GET /?co");
    if (i % 7 == 0) moat_posix_listen_step(&l);
  }
  int fd = visit(AF_INET);
  tell(fd, "the right ");
  moat_posix_listen_step(&l);
  tell(fd, "one!");
  step_until_asked(1);
  int visitor = judged.visitor;
  for (int i = 0; i < CROWD; i++) {
    close(crowd[i]);
    crowd[i] = visit(AF_INET);
    moat_posix_listen_step(&l);
  }
  assert_memory_equal(l.buffer[visitor], "the right one!", 14);
  moat_posix_listen_answer(&l, visitor, "welcome", 7);
  assert_true(moat_posix_listen_busy(&l));
  assert_told(fd, "welcome");
  close(fd);
  for (int i = 0; i < CROWD; i++)
    close(crowd[i]);
}

static bool is_closed(int fd) {
  char byte;
  ssize_t r = recv(fd, &byte, 1, MSG_DONTWAIT);
  return r == 0 || (r < 0 && errno != EAGAIN);
}

/* A browser that has connected and not yet sent anything stays, however many others come without a
 * word, until those are too many. Then the one that has been idle for longest goes. */
static void test_idle_crowd(void **state) {
  (void)state;
  enum { MANY = MOAT_POSIX_IDLE + 19 };
  static int crowd[MANY];
  struct rlimit before, files;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
  files = before;
  if (files.rlim_cur < 3 * MANY) files.rlim_cur = files.rlim_max;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
  for (int i = 0; i < 20; i++)
    crowd[i] = visit(AF_INET);
  moat_posix_listen_step(&l);
  int browser = visit(AF_INET);
  for (int i = 20; i < MANY; i++) {
    moat_posix_listen_step(&l);
    crowd[i] = visit(i % 2 && l.has_v6 ? AF_INET6 : AF_INET);
  }
  moat_posix_listen_step(&l);
  assert_int_equal(l.idles, MOAT_POSIX_IDLE);
  assert_true(is_closed(crowd[0]) && is_closed(crowd[19]));
  assert_false(is_closed(browser) || is_closed(crowd[21]) || is_closed(crowd[MANY - 1]));
  tell(browser, "hello!");
  step_until_asked(1);
  moat_posix_listen_answer(&l, judged.visitor, "welcome", 7);
  assert_told(browser, "welcome");
  close(browser);
  for (int i = 0; i < MANY; i++)
    close(crowd[i]);
  for (int i = 0; i < 2; i++)
    moat_posix_listen_step(&l);
  assert_int_equal(l.idles, 0);
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* A visitor who has been answered makes room before one whose request is still on its way. */
static void test_answered_crowd(void **state) {
  (void)state;
  static int crowd[CROWD];
  int browser = visit(AF_INET);
  tell(browser, "the right ");
  for (int i = 0; i < CROWD; i++) {
    moat_posix_listen_step(&l);
    crowd[i] = visit(AF_INET);
    tell(crowd[i], "wrong!");
    step_until_asked(i + 1);
    moat_posix_listen_answer(&l, judged.visitor, "no", 2);
  }
  tell(browser, "one!");
  step_until_asked(CROWD + 1);
  assert_int_equal(judged.n, 14);
  for (int i = 0; i < CROWD; i++) {
    assert_told(crowd[i], "no"); /* those whose place was taken, too */
    close(crowd[i]);
  }
  close(browser);
}

/* Idle connections make way if the process may open no more files. */
static void test_no_more_files(void **state) {
  (void)state;
  int idle[4];
  for (int i = 0; i < 4; i++)
    idle[i] = visit(AF_INET);
  moat_posix_listen_step(&l);
  assert_int_equal(l.idles, 4);
  int browser = visit(AF_INET);
  tell(browser, "hello!");
  refused_files = 1;
  moat_posix_listen_step(&l);
  assert_int_equal(refused_files, 0);
  assert_int_equal(judged.asked, 1);
  assert_int_equal(l.idles, 3);
  assert_true(is_closed(idle[0]));
  moat_posix_listen_drop_idle(&l); /* and all of them, if the caller needs descriptors */
  assert_int_equal(l.idles, 0);
  for (int i = 0; i < 4; i++) {
    assert_true(is_closed(idle[i]));
    close(idle[i]);
  }
  moat_posix_listen_answer(&l, judged.visitor, "welcome", 7);
  assert_told(browser, "welcome");
  close(browser);
}

/* A request that fills the buffer is judged as it is. What follows does not overrun the buffer. */
static void test_full_buffer(void **state) {
  (void)state;
  static char bytes[MOAT_POSIX_REQUEST + 4096];
  memset(bytes, 'x', sizeof bytes);
  int fd = visit(AF_INET);
  assert_int_equal(send(fd, bytes, sizeof bytes, MSG_NOSIGNAL), (ssize_t)sizeof bytes);
  step_until_asked(1);
  assert_int_equal(judged.n, MOAT_POSIX_REQUEST);
  moat_posix_listen_answer(&l, judged.visitor, "too much", 8);
  assert_told(fd, "too much");
  close(fd);
}

/* A visitor may leave before the answer. Its request may hold a code, and is wiped too. */
static void test_gone_and_wiped(void **state) {
  (void)state;
  int fd = visit(AF_INET);
  tell(fd, "code=secret!");
  step_until_asked(1);
  int visitor = judged.visitor;
  assert_memory_equal(l.buffer[visitor], "code=secret!", 12);
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
  close(fd);
  moat_posix_listen_answer(&l, visitor, "welcome", 7);
  assert_false(moat_posix_listen_busy(&l));
  static const char zeros[12];
  assert_memory_equal(l.buffer[visitor], zeros, sizeof zeros);
}

#define LISTENING(f) cmocka_unit_test_setup_teardown(f, open_it, close_it)

int main(void) {
  const struct CMUnitTest tests[] = {
      LISTENING(test_both_addresses),
      LISTENING(test_taken_port),
      LISTENING(test_port_taken_on_one_address),
      LISTENING(test_crowd),
      LISTENING(test_idle_crowd),
      LISTENING(test_answered_crowd),
      LISTENING(test_no_more_files),
      LISTENING(test_full_buffer),
      LISTENING(test_gone_and_wiped),
  };
  return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
