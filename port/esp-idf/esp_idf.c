/* Date, randomness and set-up on ESP-IDF. The rest is port/sockets. */
#include "moat_esp_idf.h"

#include <esp_random.h>
#include <time.h>

/* The clock starts in 1970, and nothing from before this release can be the date. */
enum { RELEASED = 1767225600 }; /* 2026-01-01 */
enum { RESOLVER_STACK = 4096 };

static int unix_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = time(NULL);
  return *seconds < RELEASED ? MOAT_E_CLOCK : MOAT_OK;
}

static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  esp_fill_random(p, n);
  return MOAT_OK;
}

const moat_platform moat_esp_idf_platform = {.ticks_ms = moat_sockets_ticks_ms,
                                             .unix_time = unix_time,
                                             .random = random_bytes,
                                             .slot_read = moat_sockets_slot_read,
                                             .slot_write = moat_sockets_slot_write,
                                             .slot_erase = moat_sockets_slot_erase,
                                             .lock = moat_sockets_lock,
                                             .unlock = moat_sockets_unlock};

int moat_esp_idf_open(moat_esp_idf *board, const char *name_space) {
  board->gate = (moat_sockets_gate){.mutex = &board->mutex};
  board->account = (moat_sockets_account){
      .store = &moat_sockets_nvs_store, .store_ctx = &board->nvs, .gate = &board->gate};
  board->resolver = (moat_sockets_threads){.mutex = &board->mutex, .stack_size = RESOLVER_STACK};
  board->net = (moat_sockets){
      .mutex = &board->mutex, .look_up = moat_sockets_look_up, .look_up_ctx = &board->resolver};
  board->nvs.error = nvs_open(name_space, NVS_READWRITE, &board->nvs.handle);
  if (board->nvs.error) return MOAT_E_PORT;
  return moat_sockets_mutex_init(&board->mutex);
}
