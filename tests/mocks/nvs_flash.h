#ifndef MOCK_NVS_FLASH_H
#define MOCK_NVS_FLASH_H

#include "nvs.h"

static inline esp_err_t nvs_flash_init(void) {
  return ESP_OK;
}

#endif
