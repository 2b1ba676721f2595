#ifndef MOCK_ZEPHYR_FLASH_MAP_H
#define MOCK_ZEPHYR_FLASH_MAP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct device;

struct flash_area {
  off_t fa_off;
  size_t fa_size;
};

#ifdef CONFIG_PSA_CRYPTO /* a release with Mbed TLS 4, where the other name is deprecated */
#define PARTITION_ID(label) 1
#else
#define FIXED_PARTITION_ID(label) 1
#endif

int flash_area_open(uint8_t id, const struct flash_area **area);
void flash_area_close(const struct flash_area *area);
const struct device *flash_area_get_device(const struct flash_area *area);

#endif
