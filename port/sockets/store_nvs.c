/* Slots in the NVS of ESP-IDF, which writes a new record before it lets go of the old one. */
#include "moat_sockets.h"

#ifdef MOAT_SOCKETS_NVS
#include "internal.h"

static int fail(moat_sockets_nvs *s, int result, esp_err_t error) {
  s->error = error;
  return result;
}

static int nvs_read(void *store_ctx, int slot, void *p, size_t cap, size_t *n) {
  moat_sockets_nvs *s = store_ctx;
  const char *key = moat_sockets__key(slot);
  *n = 0;
  esp_err_t error = nvs_get_blob(s->handle, key, NULL, n);
  if (error == ESP_ERR_NVS_NOT_FOUND) return MOAT_E_EMPTY;
  if (error) return fail(s, MOAT_E_PORT, error);
  if (*n > cap) return MOAT_E_SPACE;
  error = nvs_get_blob(s->handle, key, p, n);
  return error ? fail(s, MOAT_E_PORT, error) : MOAT_OK;
}

/* Bytes that were set but not committed may not be durable. */
static int nvs_write(void *store_ctx, int slot, const void *p, size_t n) {
  moat_sockets_nvs *s = store_ctx;
  esp_err_t error = nvs_set_blob(s->handle, moat_sockets__key(slot), p, n);
  if (!error) error = nvs_commit(s->handle);
  return error ? fail(s, MOAT_E_STORE, error) : MOAT_OK;
}

static int nvs_erase(void *store_ctx, int slot) {
  moat_sockets_nvs *s = store_ctx;
  esp_err_t error = nvs_erase_key(s->handle, moat_sockets__key(slot));
  if (error == ESP_ERR_NVS_NOT_FOUND) return MOAT_OK;
  if (!error) error = nvs_commit(s->handle);
  return error ? fail(s, MOAT_E_STORE, error) : MOAT_OK;
}

const moat_sockets_store moat_sockets_nvs_store = {
    .read = nvs_read, .write = nvs_write, .erase = nvs_erase};
#endif
