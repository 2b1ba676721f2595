/* Pauses of FreeRTOS. */
#ifndef MOCK_TASK_H
#define MOCK_TASK_H

#include "FreeRTOS.h"
#include "system.h"

void vTaskDelay(TickType_t ticks);

#endif
