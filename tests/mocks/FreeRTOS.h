/* A FreeRTOS of 100 ticks a second. */
#ifndef MOCK_FREERTOS_H
#define MOCK_FREERTOS_H

#include <stdint.h>

typedef uint32_t TickType_t;

enum { MOCK_TICK_MS = 10 };
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms) / MOCK_TICK_MS)

#endif
