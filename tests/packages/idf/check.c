/* The port to ESP-IDF: a date that nobody has set, an NVS that is not ready or does not open, and a
 * poll() without memory. The linker has the port ask this clock and this poll() (--wrap). */
#undef NDEBUG
#include <assert.h>

#include <mocks.h>
#include <moat_esp_idf.h>

static time_t now;
time_t __wrap_time(time_t *t);

time_t __wrap_time(time_t *t) {
  (void)t;
  return now;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int ms);

/* That of ESP-IDF takes memory first, and there is none. */
int __wrap_poll(struct pollfd *p, nfds_t n, int ms) {
  (void)p;
  (void)n;
  (void)ms;
  errno = ENOMEM;
  return -1;
}

static int count(void *turns) {
  ++*(int *)turns;
  return 0;
}

/* A pause of 200 ms has slices of 100, and a wait that cannot wait ends with an error. */
static void test_no_memory(moat_esp_idf *board) {
  int turns = 0;
  board->net.idle = count;
  board->net.idle_ctx = &turns;
  assert(moat_sockets_stream.wait(&board->net, MOAT_WANT_TIME, 200) == MOAT_WANT_TIME);
  assert(turns <= 4);
  int r = moat_sockets_stream.connect(&board->net, "127.0.0.1", 9);
  assert(r == MOAT_WANT_WRITE);
  assert(moat_sockets_stream.wait(&board->net, r, 1000) == MOAT_E_PORT);
  assert(moat_sockets_stream.detail(&board->net) == ENOMEM);
  moat_sockets_stream.close(&board->net);
}

int main(void) {
  static moat_esp_idf board;
  int64_t date;
  now = 3; /* seconds after the start, in 1970 */
  assert(moat_esp_idf_platform.unix_time(&board, &date) == MOAT_E_CLOCK);
  now = 1800000000;
  assert(moat_esp_idf_platform.unix_time(&board, &date) == 0 && date == 1800000000);
  assert(moat_esp_idf_open(&board, "moat") == MOAT_E_PORT); /* before nvs_flash_init() */
  assert(nvs_flash_init() == 0);
  mock_error = ESP_ERR_NVS_NOT_FOUND;
  assert(moat_esp_idf_open(&board, "moat") == MOAT_E_PORT);
  mock_error = 0;
  assert(moat_esp_idf_open(&board, "a-name-of-16-chr") == MOAT_E_PORT);
  assert(moat_esp_idf_open(&board, "moat") == 0);
  test_no_memory(&board);
  return 0;
}
