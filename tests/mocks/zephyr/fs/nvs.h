/* As much of Zephyr's NVS as the port uses, as it is in 3.5. */
#ifndef MOCK_ZEPHYR_NVS_H
#define MOCK_ZEPHYR_NVS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct device;

struct nvs_fs {
  off_t offset;
  uint16_t sector_size, sector_count;
  const struct device *flash_device;
};

int nvs_mount(struct nvs_fs *fs);

/* Returns the length of the whole entry. More room than a sector is an error. */
ssize_t nvs_read(struct nvs_fs *fs, uint16_t id, void *p, size_t n);
ssize_t nvs_write(struct nvs_fs *fs, uint16_t id, const void *p, size_t n);
int nvs_delete(struct nvs_fs *fs, uint16_t id);

#endif
