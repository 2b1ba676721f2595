/* Pauses of FreeRTOS. */
#ifndef MOCK_TASK_H
#define MOCK_TASK_H

#include "FreeRTOS.h"
#include "system.h"

static inline void vTaskDelay(TickType_t ticks) {
  mock_sleep_ms(ticks * MOCK_TICK_MS);
}

#endif
