/* The port to Zephyr with a resolver that answers when the test says so, and the wait of the
 * sample's stream over secure sockets. */
#undef NDEBUG
#include <assert.h>
#include <string.h>
#include <time.h>

#include <mocks.h>
#include <moat_zephyr.h>
#include <secure_stream.h>
#include <zephyr/net/dns_resolve.h>
#include <zephyr/net/net_if.h>

static moat_zephyr board;

/* ---- The resolver ---- */

static struct {
  dns_resolve_cb_t answer;
  void *user_data;
  const char *name;
  enum dns_query_type type;
} queries[32];
static size_t asked;
static int fails;

int dns_get_addr_info(const char *query, enum dns_query_type type, uint16_t *dns_id,
                      dns_resolve_cb_t cb, void *user_data, int32_t timeout) {
  (void)dns_id;
  assert(strcmp(query, "auth.example.com") == 0 && timeout > 0);
  if (fails) return fails;
  queries[asked].answer = cb;
  queries[asked].name = query;
  queries[asked].type = type;
  queries[asked++].user_data = user_data;
  return 0;
}

/* The board has the address 192.0.2.2 or 2001:db8::2, both or none of them. Without, Zephyr says
 * zeros, or NULL if it has no network of its own. */
static bool has_v4 = true, has_v6, has_network = true;

const struct in_addr *net_if_ipv4_select_src_addr(struct net_if *iface, const struct in_addr *to) {
  static struct in_addr from;
  assert(!iface && ntohl(to->s_addr) == 0xc0000201);
  from.s_addr = has_v4 ? htonl(0xc0000202) : 0;
  return has_network ? &from : NULL;
}

const struct in6_addr *net_if_ipv6_select_src_addr(struct net_if *iface,
                                                   const struct in6_addr *to) {
  static const struct in6_addr none, from = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 2}};
  assert(!iface && to->s6_addr[0] == 0x20 && to->s6_addr[3] == 0xb8);
  if (!has_network) return NULL;
  return has_v6 ? &from : &none;
}

/* Zephyr reads the name again for its timeout. */
static void finish(size_t i, enum dns_resolve_status status) {
  assert(strcmp(queries[i].name, "auth.example.com") == 0);
  queries[i].answer(status, NULL, queries[i].user_data);
}

/* The stream has the name for this call only. */
static int look_up(void) {
  char name[] = "auth.example.com";
  int r = moat_sockets_stream.connect(&board.net, name, 443);
  memset(name, 'x', sizeof name);
  return r;
}

static void test_date(void) {
  int64_t now;
  assert(moat_zephyr_platform.unix_time(&board, &now) == MOAT_E_CLOCK);
  moat_zephyr_set_date(&board, 1800000000);
  assert(moat_zephyr_platform.unix_time(&board, &now) == 0);
  assert(now >= 1800000000 && now < 1800000100);
}

static void test_open(void) {
  assert(moat_zephyr_open_partition(&board, 2) == MOAT_E_PORT);
  mock_error = -5;
  assert(moat_zephyr_open_partition(&board, 1) == MOAT_E_PORT);
  mock_error = 0;
  assert(moat_zephyr_open_partition(&board, 1) == 0);
  assert(board.fs.sector_size == 4096 && board.fs.sector_count == 4);
}

/* Two names are looked up at once. Those that were given up keep their places until they are
 * answered, and their answers are for nobody. */
static void test_lookups(void) {
  assert(look_up() == MOAT_WANT_READ && asked == 1);
  moat_sockets_stream.close(&board.net);
  assert(look_up() == MOAT_WANT_READ && asked == 2);
  moat_sockets_stream.close(&board.net);
  assert(look_up() == MOAT_WANT_READ && asked == 2); /* no place */
  finish(0, DNS_EAI_ALLDONE);
  assert(look_up() == MOAT_WANT_READ && asked == 3);
  finish(1, DNS_EAI_ALLDONE);
  assert(look_up() == MOAT_WANT_READ && asked == 3); /* not its answer */
  finish(2, DNS_EAI_CANCELED);                       /* its time is over */
  assert(look_up() == MOAT_E_DNS && asked == 3);
  assert(moat_sockets_stream.detail(&board.net) == DNS_EAI_CANCELED);
  moat_sockets_stream.close(&board.net);
}

static void test_refused_lookups(void) {
  char long_name[300];
  fails = -EINVAL;
  for (int i = 0; i < 4; i++)
    assert(look_up() == MOAT_E_DNS); /* each gives its place back */
  assert(moat_sockets_stream.detail(&board.net) == -EINVAL);
  fails = -EAGAIN; /* the queries of Zephyr are all in use */
  for (int i = 0; i < 4; i++)
    assert(look_up() == MOAT_WANT_READ);
  fails = -ENOMEM; /* and so are its buffers */
  assert(look_up() == MOAT_WANT_READ);
  fails = 0;
  assert(look_up() == MOAT_WANT_READ && asked == 4);
  moat_sockets_stream.close(&board.net);
  finish(3, DNS_EAI_ALLDONE);
  memset(long_name, 'x', sizeof long_name);
  long_name[sizeof long_name - 1] = '\0';
  assert(moat_sockets_stream.connect(&board.net, long_name, 443) == MOAT_E_DNS);
}

/* IPv6 is asked for where IPv4 has no address, and once. A busy resolver does not change that. */
static void test_families(void) {
  struct dns_addrinfo found = {.ai_addrlen = sizeof(struct sockaddr_in6)};
  found.ai_addr.ss_family = AF_INET6;
  for (int i = 0; i < 2; i++) {
    size_t first = asked;
    assert(look_up() == MOAT_WANT_READ && queries[first].type == DNS_QUERY_TYPE_A);
    finish(first, DNS_EAI_NODATA);
    fails = -EAGAIN;
    assert(look_up() == MOAT_WANT_READ && asked == first + 1);
    assert(moat_sockets_stream.wait(&board.net, MOAT_WANT_READ, 30) == MOAT_WANT_TIME);
    fails = 0;
    assert(look_up() == MOAT_WANT_READ && asked == first + 2);
    assert(queries[first + 1].type == DNS_QUERY_TYPE_AAAA);
    if (i == 0) queries[first + 1].answer(DNS_EAI_INPROGRESS, &found, queries[first + 1].user_data);
    finish(first + 1, i == 0 ? DNS_EAI_ALLDONE : DNS_EAI_NODATA);
    int r = look_up();
    assert(i == 0 ? board.net.addresses[0].any.sa_family == AF_INET6 : r == MOAT_E_DNS);
    moat_sockets_stream.close(&board.net);
  }
  assert(moat_sockets_stream.detail(&board.net) == DNS_EAI_NODATA);
}

/* A lookup that finds nothing. Returns 4 or 6, in the order in which they were asked for. */
static int order(bool v4, bool v6, bool network) {
  size_t first = asked;
  has_v4 = v4;
  has_v6 = v6;
  has_network = network;
  assert(look_up() == MOAT_WANT_READ);
  finish(first, DNS_EAI_NODATA);
  has_v4 = !v4; /* what happens meanwhile does not matter */
  assert(look_up() == MOAT_WANT_READ && asked == first + 1);
  assert(look_up() == MOAT_WANT_READ && asked == first + 2);
  finish(first + 1, DNS_EAI_NODATA);
  assert(look_up() == MOAT_E_DNS && asked == first + 2);
  int r = 0;
  for (size_t i = first; i < asked; i++)
    r = 10 * r + (queries[i].type == DNS_QUERY_TYPE_A ? 4 : 6);
  has_v4 = has_network = true;
  has_v6 = false;
  return r;
}

static void test_which_family_is_first(void) {
  assert(order(true, false, true) == 46);
  assert(order(true, true, true) == 46);
  assert(order(false, false, true) == 46);
  assert(order(false, false, false) == 46); /* a modem has the addresses */
  assert(order(false, true, true) == 64);
}

/* ---- Connections, without SO_ERROR ---- */

static int listener;
static uint16_t port;

static void take_port(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t n = sizeof a;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  assert(bind(listener, (struct sockaddr *)&a, n) == 0);
  assert(getsockname(listener, (struct sockaddr *)&a, &n) == 0);
  port = ntohs(a.sin_port);
}

static int connected(void) {
  int r;
  while ((r = moat_sockets_stream.connect(&board.net, "127.0.0.1", port)) == MOAT_WANT_WRITE)
    (void)moat_sockets_stream.wait(&board.net, r, 1000);
  return r;
}

static void test_refused_connections(void) {
  assert(connected() == MOAT_E_CONNECT); /* nobody listens yet */
  assert(moat_sockets_stream.detail(&board.net) == ECONNREFUSED);
}

/* Zephyr then reports POLLHUP alone. */
static void test_a_server_that_ends_at_once(void) {
  char byte;
  mock_revents = POLLHUP;
  assert(connected() == 0);
  mock_revents = 0;
  assert(close(accept(listener, NULL, NULL)) == 0);
  assert(moat_sockets_stream.wait(&board.net, MOAT_WANT_READ, 60000) == 0);
  assert(moat_sockets_stream.recv(&board.net, &byte, 1) == MOAT_E_EOF);
  moat_sockets_stream.close(&board.net);
}

static void test_other_words_for_no_option(void) {
  mock_no_option = EOPNOTSUPP;
  assert(connected() == 0);
  moat_sockets_stream.close(&board.net);
  mock_no_option = ENOPROTOOPT;
}

/* Such a socket is not asked again. */
static void test_a_connect_that_waits(void) {
  mock_connects_at_once = true;
  mock_revents = POLLERR;
  assert(connected() == 0);
  mock_connects_at_once = false;
  mock_revents = 0;
  moat_sockets_stream.close(&board.net);
}

static void test_a_wait_that_fails(void) {
  secure_stream s = {.open = true, .fd = listener};
  mock_poll_error = ENOMEM;
  assert(secure_stream_ops.wait(&s, MOAT_WANT_READ, 60000) == MOAT_E_PORT);
  assert(secure_stream_ops.detail(&s) == ENOMEM);
  mock_poll_error = EINTR;
  assert(secure_stream_ops.wait(&s, MOAT_WANT_READ, 60000) == MOAT_WANT_TIME);
  mock_poll_error = 0;
}

int main(void) {
  test_date();
  test_open();
  test_lookups();
  test_refused_lookups();
  test_families();
  test_which_family_is_first();
  take_port();
  test_refused_connections();
  assert(listen(listener, 4) == 0);
  test_a_server_that_ends_at_once();
  test_other_words_for_no_option();
  test_a_connect_that_waits();
  test_a_wait_that_fails();
  return 0;
}
