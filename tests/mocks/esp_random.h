#ifndef MOCK_ESP_RANDOM_H
#define MOCK_ESP_RANDOM_H

#include "system.h"

static inline void esp_fill_random(void *p, size_t n) {
  mock_random(p, n);
}

#endif
