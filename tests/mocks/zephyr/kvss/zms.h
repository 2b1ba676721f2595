/* As much of Zephyr's ZMS as the port uses. */
#ifndef MOCK_ZMS_H
#define MOCK_ZMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct device;

struct zms_fs {
  off_t offset;
  uint32_t sector_size, sector_count;
  const struct device *flash_device;
};

int zms_mount(struct zms_fs *fs);

ssize_t zms_get_data_length(struct zms_fs *fs, uint32_t id);
ssize_t zms_read(struct zms_fs *fs, uint32_t id, void *p, size_t n);
ssize_t zms_write(struct zms_fs *fs, uint32_t id, const void *p, size_t n);
int zms_delete(struct zms_fs *fs, uint32_t id);

#endif
