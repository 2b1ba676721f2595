/* The port to Zephyr with a resolver that answers when the test says so. */
#undef NDEBUG
#include <assert.h>
#include <string.h>
#include <time.h>

#include <mocks.h>
#include <moat_zephyr.h>
#include <zephyr/net/dns_resolve.h>

static moat_zephyr board;

/* ---- The resolver ---- */

static struct {
  dns_resolve_cb_t answer;
  void *user_data;
} queries[8];
static size_t asked;
static int fails;

int dns_get_addr_info(const char *query, enum dns_query_type type, uint16_t *dns_id,
                      dns_resolve_cb_t cb, void *user_data, int32_t timeout) {
  (void)dns_id;
  assert(strcmp(query, "auth.example.com") == 0 && type == DNS_QUERY_TYPE_A && timeout > 0);
  if (fails) return fails;
  queries[asked].answer = cb;
  queries[asked++].user_data = user_data;
  return 0;
}

static void finish(size_t i, enum dns_resolve_status status) {
  queries[i].answer(status, NULL, queries[i].user_data);
}

static int look_up(void) {
  return moat_sockets_stream.connect(&board.net, "auth.example.com", 443);
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
  finish(2, (enum dns_resolve_status) - 2);
  assert(look_up() == MOAT_E_DNS);
  assert(moat_sockets_stream.detail(&board.net) == -2);
  moat_sockets_stream.close(&board.net);
  fails = -EINVAL;
  for (int i = 0; i < 4; i++)
    assert(look_up() == MOAT_E_DNS); /* each gives its place back */
  fails = -EAGAIN;                   /* the queries of Zephyr are all in use */
  for (int i = 0; i < 4; i++)
    assert(look_up() == MOAT_WANT_READ);
  fails = 0;
  assert(look_up() == MOAT_WANT_READ && asked == 4);
  moat_sockets_stream.close(&board.net);
}

int main(void) {
  test_date();
  test_open();
  test_lookups();
  return 0;
}
