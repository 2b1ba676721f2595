/* The POSIX port: bytes over an open connection, and waiting for them. */
#include <errno.h>
#include <fcntl.h>
#include <sys/time.h>

#include "posix_fixture.h"

/* ---- Connections ---- */

static void test_bytes_both_ways(void **state) {
  (void)state;
  moat_posix_net net = {0};
  int listener = bind_to("127.0.0.1", 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(moat_posix_fd(&net), -1);
  assert_int_equal(connect_waiting(&net, "127.0.0.1", port_of(listener)), 0);
  int fd = moat_posix_fd(&net);
  assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  int peer = accept(listener, NULL, NULL);

  char got[8];
  assert_int_equal(STREAM.recv(&net, got, sizeof got), MOAT_WANT_READ);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 1), MOAT_WANT_TIME);
  assert_int_equal(STREAM.send(&net, "ping", 4), 4);
  assert_int_equal(STREAM.recv(&net, got, sizeof got), MOAT_WANT_READ);
  assert_int_equal(recv(peer, got, sizeof got, 0), 4);
  assert_memory_equal(got, "ping", 4);
  assert_int_equal(send(peer, "pong", 4, 0), 4);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, FOREVER), 0);
  assert_int_equal(STREAM.recv(&net, got, sizeof got), 4);
  assert_memory_equal(got, "pong", 4);

  static char flood[65536];
  int r;
  while ((r = STREAM.send(&net, flood, sizeof flood)) > 0) {
  }
  assert_int_equal(r, MOAT_WANT_WRITE);

  shutdown(peer, SHUT_WR);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, FOREVER), 0);
  assert_int_equal(STREAM.recv(&net, got, sizeof got), MOAT_E_EOF);
  assert_int_equal(STREAM.detail(&net), 0);
  close(peer);
  close(listener);
  STREAM.close(&net);
  STREAM.close(&net);
  assert_int_equal(moat_posix_fd(&net), -1);
  assert_int_equal(STREAM.recv(&net, got, sizeof got), MOAT_E_MISUSE);
  assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void test_reset_by_peer(void **state) {
  (void)state;
  moat_posix_net net = {0};
  int listener = bind_to("127.0.0.1", 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(connect_waiting(&net, "127.0.0.1", port_of(listener)), 0);
  int peer = accept(listener, NULL, NULL);
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
  close(peer);
  char got[8];
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, FOREVER), 0);
  assert_int_equal(STREAM.recv(&net, got, sizeof got), MOAT_E_NETWORK);
  assert_int_equal(STREAM.detail(&net), ECONNRESET);
  assert_int_equal(STREAM.send(&net, "x", 1), 1);
  assert_int_equal(STREAM.recv(&net, got, sizeof got),
                   MOAT_E_NETWORK); /* and there was no SIGPIPE */
  assert_int_equal(STREAM.detail(&net), EPIPE);
  STREAM.close(&net);
  assert_int_equal(STREAM.detail(&net), EPIPE);
  close(listener);
}

/* ---- Waiting ---- */

static volatile sig_atomic_t ticks, cancelled;
static int on_second_tick;

static void tick(int sig) {
  (void)sig;
  if (++ticks < 2) return;
  if (on_second_tick < 0) cancelled = 1;
  if (on_second_tick >= 0 && ticks == 2) {
    ssize_t ignored = write(on_second_tick, "x", 1);
    (void)ignored;
  }
}

static void set_timer(int us) {
  struct itimerval t = {{0, us}, {0, us}};
  assert_int_equal(setitimer(ITIMER_REAL, &t, NULL), 0);
}

static void test_signals_while_waiting(void **state) {
  (void)state;
  struct sigaction a = {.sa_handler = tick}, before;
  sigaction(SIGALRM, &a, &before);
  moat_posix_net net = {.cancelled = &cancelled};
  int listener = bind_to("127.0.0.1", 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(connect_waiting(&net, "127.0.0.1", port_of(listener)), 0);
  int peer = accept(listener, NULL, NULL);

  /* A signal that cancels nothing does not end the wait. The bytes that the second one sends do. */
  on_second_tick = peer;
  set_timer(2000);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, FOREVER), 0);
  set_timer(0);
  assert_true(ticks >= 2);

  ticks = 0;
  on_second_tick = -1;
  set_timer(2000);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_TIME, FOREVER), MOAT_E_CANCEL);
  set_timer(0);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, FOREVER), MOAT_E_CANCEL);
  a.sa_handler = SIG_IGN; /* drops a signal that is still pending */
  sigaction(SIGALRM, &a, NULL);
  cancelled = 0;
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, FOREVER), 0);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_TIME, 1), MOAT_WANT_TIME);
  sigaction(SIGALRM, &before, NULL);
  STREAM.close(&net);
  close(peer);
  close(listener);
}

/* ---- Fewer packets and system calls ---- */

typedef struct {
  moat_posix_net net;
  int listener, peer;
} pair;

static void open_pair(pair *p) {
  memset(p, 0, sizeof *p);
  p->listener = bind_to("127.0.0.1", 0);
  assert_int_equal(listen(p->listener, 1), 0);
  assert_int_equal(connect_waiting(&p->net, "127.0.0.1", port_of(p->listener)), 0);
  p->peer = accept(p->listener, NULL, NULL);
}

static void close_pair(pair *p) {
  STREAM.close(&p->net);
  close(p->peer);
  close(p->listener);
}

static void test_sends_are_gathered(void **state) {
  (void)state;
  static pair p;
  static char long_one[2 * MOAT_POSIX_OUT];
  char got[3 * MOAT_POSIX_OUT];
  open_pair(&p);
  assert_int_equal(STREAM.send(&p.net, "ab", 2), 2);
  assert_int_equal(STREAM.send(&p.net, "c", 1), 1);
  assert_int_equal(recv(p.peer, got, sizeof got, MSG_DONTWAIT), -1);
  assert_int_equal(STREAM.recv(&p.net, got, sizeof got), MOAT_WANT_READ);
  assert_int_equal(recv(p.peer, got, sizeof got, 0), 3);
  assert_memory_equal(got, "abc", 3);

  assert_int_equal(STREAM.send(&p.net, "d", 1), 1);
  memset(long_one, 'e', sizeof long_one);
  assert_int_equal(STREAM.send(&p.net, long_one, sizeof long_one), sizeof long_one);
  assert_int_equal(recv(p.peer, got, sizeof got, 0), 1 + sizeof long_one);
  assert_memory_equal(got, "dee", 3);

  assert_int_equal(STREAM.send(&p.net, "f", 1), 1);
  assert_int_equal(STREAM.wait(&p.net, MOAT_WANT_READ, 1), MOAT_WANT_TIME);
  assert_int_equal(recv(p.peer, got, sizeof got, 0), 1);

  assert_int_equal(STREAM.send(&p.net, "bye", 3), 3);
  STREAM.close(&p.net);
  assert_int_equal(recv(p.peer, got, sizeof got, 0), 3);
  assert_memory_equal(got, "bye", 3);
  close_pair(&p);
}

/* Nothing is lost or out of order when the other end does not read. */
static void test_gathered_while_full(void **state) {
  (void)state;
  static pair p;
  static char flood[65536];
  char got[4096], last = 0;
  size_t sent = 0, received = 0;
  int r;
  open_pair(&p);
  memset(flood, '-', sizeof flood);
  assert_int_equal(STREAM.send(&p.net, "<", 1), 1);
  while ((r = STREAM.send(&p.net, flood, sizeof flood)) > 0)
    sent += (size_t)r;
  assert_int_equal(r, MOAT_WANT_WRITE);
  assert_int_equal(STREAM.send(&p.net, ">", 1), 1);
  assert_int_equal(STREAM.recv(&p.net, got, sizeof got), MOAT_WANT_WRITE);
  assert_int_equal(send(p.peer, "x", 1, 0), 1); /* it can still be read */
  assert_int_equal(STREAM.wait(&p.net, MOAT_WANT_READ, FOREVER), 0);
  assert_int_equal(STREAM.recv(&p.net, got, sizeof got), 1);
  for (; received < sent + 2; received += (size_t)r) {
    r = (int)recv(p.peer, got, sizeof got, MSG_DONTWAIT);
    if (r < 0) {
      assert_int_equal(errno, EAGAIN);
      (void)!STREAM.recv(&p.net, got, 1);
      r = 0;
      continue;
    }
    if (received == 0) assert_int_equal(got[0], '<');
    last = got[r - 1];
  }
  assert_int_equal(received, sent + 2);
  assert_int_equal(last, '>');
  close_pair(&p);
}

/* A server may answer and close without reading the rest of a request. */
static void test_answer_before_failed_send(void **state) {
  (void)state;
  static pair p;
  char got[8];
  open_pair(&p);
  assert_int_equal(send(p.peer, "no", 2, 0), 2);
  close(p.peer);
  assert_int_equal(STREAM.send(&p.net, "x", 1), 1);
  assert_int_equal(STREAM.recv(&p.net, got, sizeof got), MOAT_WANT_READ);
  assert_int_equal(STREAM.send(&p.net, "y", 1), 1);
  assert_int_equal(STREAM.recv(&p.net, got, sizeof got), 2);
  assert_memory_equal(got, "no", 2);
  assert_int_equal(STREAM.recv(&p.net, got, sizeof got), MOAT_E_EOF);
  p.peer = -1;
  close_pair(&p);
}

static void test_received_bytes_are_kept(void **state) {
  (void)state;
  static pair p;
  char got[2] = "";
  open_pair(&p);
  assert_int_equal(send(p.peer, "abc", 3, 0), 3);
  shutdown(p.peer, SHUT_WR);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(STREAM.wait(&p.net, MOAT_WANT_READ, FOREVER), 0);
    assert_int_equal(STREAM.recv(&p.net, got, 1), 1);
    assert_int_equal(got[0], 'a' + i);
  }
  for (int i = 0; i < 2; i++) {
    assert_int_equal(STREAM.wait(&p.net, MOAT_WANT_READ, FOREVER), 0);
    assert_int_equal(STREAM.recv(&p.net, got, 1), MOAT_E_EOF);
  }
  close_pair(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bytes_both_ways),
      cmocka_unit_test(test_reset_by_peer),
      cmocka_unit_test(test_signals_while_waiting),
      cmocka_unit_test(test_sends_are_gathered),
      cmocka_unit_test(test_gathered_while_full),
      cmocka_unit_test(test_answer_before_failed_send),
      cmocka_unit_test(test_received_bytes_are_kept),
  };
  return cmocka_run_group_tests_name("posix: stream", tests, NULL, NULL);
}
