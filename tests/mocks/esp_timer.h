#ifndef MOCK_ESP_TIMER_H
#define MOCK_ESP_TIMER_H

#include "system.h"

static inline int64_t esp_timer_get_time(void) {
  return (int64_t)mock_now_ms() * 1000;
}

#endif
