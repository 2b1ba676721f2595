#ifndef MOCK_ESP_RANDOM_H
#define MOCK_ESP_RANDOM_H

#include <stddef.h>

void esp_fill_random(void *p, size_t n);

#endif
