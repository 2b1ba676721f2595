/* The port to ESP-IDF: a date that nobody has set, and an NVS that is not ready or does not open.
 * The linker has the port ask this clock (--wrap). */
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
  return 0;
}
