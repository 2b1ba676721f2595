#ifndef MOCK_ZEPHYR_FLASH_H
#define MOCK_ZEPHYR_FLASH_H

#include <stddef.h>
#include <sys/types.h>

struct device;

struct flash_pages_info {
  size_t size;
};

int flash_get_page_info_by_offs(const struct device *flash, off_t offset,
                                struct flash_pages_info *info);

#endif
