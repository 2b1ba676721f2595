/* The stream over a TransportInterface, which is scripted here. */
#include "cmocka_all.h"

#include "../../port/freertos/moat_freertos.h"
#include "../mocks/FreeRTOS.h"
#include "../mocks/system.h"

#define STREAM moat_freertos_stream

struct NetworkContext {
  int connect, io, disconnects;
  size_t n;
};

static struct NetworkContext network;

static int connect_network(NetworkContext_t *c, const char *host, uint16_t port) {
  assert_ptr_equal(c, &network);
  assert_string_equal(host, "host.test");
  assert_int_equal(port, 443);
  return c->connect;
}

static void disconnect_network(NetworkContext_t *c) {
  c->disconnects++;
}

static int32_t receive(NetworkContext_t *c, void *p, size_t n) {
  assert_non_null(p);
  c->n = n;
  return c->io;
}

static int32_t transmit(NetworkContext_t *c, const void *p, size_t n) {
  assert_non_null(p);
  c->n = n;
  return c->io;
}

static const TransportInterface_t transport = {
    .recv = receive, .send = transmit, .pNetworkContext = &network};

static moat_freertos_net connected(void) {
  moat_freertos_net net = {
      .transport = &transport, .connect = connect_network, .disconnect = disconnect_network};
  memset(&network, 0, sizeof network);
  assert_int_equal(STREAM.connect(&net, "host.test", 443), 0);
  return net;
}

static void test_connecting_takes_steps(void **state) {
  const int steps[] = {MOAT_WANT_READ, MOAT_WANT_TIME, MOAT_WANT_WRITE, 0, 0};
  moat_freertos_net net = connected();
  (void)state;
  STREAM.close(&net);
  assert_int_equal(network.disconnects, 1);
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    network.connect = steps[i];
    assert_int_equal(STREAM.connect(&net, "host.test", 443), steps[i]);
    if (steps[i]) assert_int_equal(STREAM.send(&net, "x", 1), MOAT_E_MISUSE);
  }
  network.connect = MOAT_E_DNS; /* what is connected is not connected again */
  assert_int_equal(STREAM.connect(&net, "host.test", 443), 0);
  STREAM.close(&net);
  STREAM.close(&net);
  assert_int_equal(network.disconnects, 2);
}

static void test_a_connect_fails(void **state) {
  moat_freertos_net net = connected();
  (void)state;
  STREAM.close(&net);
  network.connect = MOAT_E_DNS;
  assert_int_equal(STREAM.connect(&net, "host.test", 443), MOAT_E_DNS);
  assert_int_equal(network.disconnects, 2);
  STREAM.close(&net);
  assert_int_equal(network.disconnects, 2);
}

static void test_bytes(void **state) {
  moat_freertos_net net = connected();
  char p[8];
  (void)state;
  network.io = 5;
  assert_int_equal(STREAM.send(&net, p, 8), 5);
  assert_int_equal(network.n, 8);
  assert_int_equal(STREAM.recv(&net, p, 7), 5);
  assert_int_equal(network.n, 7);
  network.io = 0;
  assert_int_equal(STREAM.send(&net, p, 8), MOAT_WANT_WRITE);
  assert_int_equal(STREAM.recv(&net, p, 8), MOAT_WANT_READ);
  assert_int_equal(STREAM.send(&net, p, 0), MOAT_E_MISUSE);
  assert_int_equal(STREAM.recv(&net, p, 0), MOAT_E_MISUSE);
  STREAM.close(&net);
  assert_int_equal(STREAM.recv(&net, p, 8), MOAT_E_MISUSE);
}

static void test_errors(void **state) {
  moat_freertos_net net = connected();
  char p[8];
  (void)state;
  network.io = -7;
  assert_int_equal(STREAM.send(&net, p, 8), MOAT_E_NETWORK);
  network.io = -8;
  assert_int_equal(STREAM.recv(&net, p, 8), MOAT_E_NETWORK);
  STREAM.close(&net);
  assert_int_equal(STREAM.detail(&net), -8);
  network.io = MOAT_E_EOF;
  assert_int_equal(STREAM.connect(&net, "host.test", 443), 0);
  assert_int_equal(STREAM.detail(&net), 0);
  assert_int_equal(STREAM.recv(&net, p, 8), MOAT_E_EOF);
  STREAM.close(&net);
}

static void test_waiting_takes_time(void **state) {
  moat_freertos_net net = connected();
  uint32_t start = mock_now_ms();
  (void)state;
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 1), MOAT_WANT_TIME);
  assert_true(mock_now_ms() - start >= MOCK_TICK_MS);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 600000), 0);
  start = mock_now_ms();
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_TIME, 1100), MOAT_WANT_TIME);
  assert_true(mock_now_ms() - start >= 1100);
  STREAM.close(&net);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_READ, 1), MOAT_E_MISUSE);
  assert_int_equal(STREAM.wait(&net, MOAT_WANT_TIME, 1), MOAT_WANT_TIME);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_connecting_takes_steps),
      cmocka_unit_test(test_a_connect_fails),
      cmocka_unit_test(test_bytes),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_waiting_takes_time),
  };
  return cmocka_run_group_tests_name("stream over a TransportInterface", tests, NULL, NULL);
}
