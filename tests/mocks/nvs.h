/* As much of ESP-IDF's NVS as the port uses. */
#ifndef MOCK_NVS_H
#define MOCK_NVS_H

#include <stddef.h>
#include <stdint.h>

typedef int esp_err_t;
typedef uint32_t nvs_handle_t;

enum {
  ESP_OK = 0,
  ESP_ERR_NVS_NOT_INITIALIZED = 0x1101,
  ESP_ERR_NVS_NOT_FOUND = 0x1102,
  ESP_ERR_NVS_NOT_ENOUGH_SPACE = 0x1105,
  ESP_ERR_NVS_INVALID_HANDLE = 0x1107,
  ESP_ERR_NVS_INVALID_LENGTH = 0x110c
};

typedef enum { NVS_READONLY, NVS_READWRITE } nvs_open_mode_t;

esp_err_t nvs_open(const char *name_space, nvs_open_mode_t mode, nvs_handle_t *out);
esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *out, size_t *length);
esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *p, size_t n);
esp_err_t nvs_erase_key(nvs_handle_t handle, const char *key);
esp_err_t nvs_commit(nvs_handle_t handle);

#endif
