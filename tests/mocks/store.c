/* The NVS of ESP-IDF, and ZMS and NVS of Zephyr with their partition, in memory, as their manuals
 * describe them, and random numbers of ESP-IDF. */
#include "mocks.h"
#include "system.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <esp_random.h>
#include <nvs_flash.h>
#include <zephyr/drivers/flash.h>
#include <zephyr/fs/nvs.h>
#include <zephyr/kvss/zms.h>
#include <zephyr/storage/flash_map.h>

enum { RECORDS = 8 };
static mock_record records[RECORDS];
int mock_error, mock_commit_error, mock_commits;

mock_record *mock_find(const char *name, int make) {
  for (int i = 0; i < RECORDS; i++)
    if (strcmp(records[i].name, name) == 0) return &records[i];
  for (int i = 0; make && i < RECORDS; i++)
    if (!*records[i].name) {
      (void)snprintf(records[i].name, sizeof records[i].name, "%s", name);
      return &records[i];
    }
  return NULL;
}

void mock_erase_all(void) {
  memset(records, 0, sizeof records);
}

void mock_break_slot(void *ctx, int slot, bool broken) {
  (void)ctx;
  (void)slot;
  mock_error = broken ? -5 : 0; /* no result of Moat's, NVS's or ZMS's */
}

static int put(const char *name, const void *p, size_t n) {
  mock_record *r = n <= MOCK_RECORD ? mock_find(name, 1) : NULL;
  if (!r) return -1;
  memcpy(r->bytes, p, n);
  r->n = n;
  return 0;
}

/* ---- NVS of ESP-IDF ---- */

static int flash_ready;

void esp_fill_random(void *p, size_t n) {
  mock_random(p, n);
}

esp_err_t nvs_flash_init(void) {
  flash_ready = 1;
  return ESP_OK;
}

esp_err_t nvs_open(const char *name_space, nvs_open_mode_t mode, nvs_handle_t *out) {
  if (!flash_ready) return ESP_ERR_NVS_NOT_INITIALIZED;
  *out = 1;
  return mode == NVS_READWRITE && strlen(name_space) < 16 ? mock_error : ESP_ERR_NVS_INVALID_LENGTH;
}

esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *out, size_t *length) {
  const mock_record *r = mock_find(key, 0);
  (void)handle;
  if (mock_error) return mock_error;
  if (!r) return ESP_ERR_NVS_NOT_FOUND;
  if (out && *length < r->n) return ESP_ERR_NVS_INVALID_LENGTH;
  if (out) memcpy(out, r->bytes, r->n);
  *length = r->n;
  return ESP_OK;
}

esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *p, size_t n) {
  (void)handle;
  if (mock_error) return mock_error;
  return put(key, p, n) ? ESP_ERR_NVS_NOT_ENOUGH_SPACE : ESP_OK;
}

esp_err_t nvs_erase_key(nvs_handle_t handle, const char *key) {
  mock_record *r = mock_find(key, 0);
  (void)handle;
  if (mock_error) return mock_error;
  if (!r) return ESP_ERR_NVS_NOT_FOUND;
  memset(r, 0, sizeof *r);
  return ESP_OK;
}

esp_err_t nvs_commit(nvs_handle_t handle) {
  (void)handle;
  mock_commits++;
  return mock_commit_error;
}

/* ---- ZMS ---- */

static const char *name_of(char name[16], uint32_t id) {
  (void)snprintf(name, 16, "%u", (unsigned)id);
  return name;
}

int zms_mount(struct zms_fs *fs) {
  return fs->flash_device && fs->sector_size && fs->sector_count >= 2 ? mock_error : -EINVAL;
}

ssize_t zms_get_data_length(struct zms_fs *fs, uint32_t id) {
  char name[16];
  const mock_record *r = mock_find(name_of(name, id), 0);
  (void)fs;
  if (mock_error) return mock_error;
  return r ? (ssize_t)r->n : -ENOENT;
}

ssize_t zms_read(struct zms_fs *fs, uint32_t id, void *p, size_t n) {
  char name[16];
  const mock_record *r = mock_find(name_of(name, id), 0);
  (void)fs;
  if (mock_error) return mock_error;
  if (!r) return -ENOENT;
  n = n < r->n ? n : r->n;
  memcpy(p, r->bytes, n);
  return (ssize_t)n;
}

ssize_t zms_write(struct zms_fs *fs, uint32_t id, const void *p, size_t n) {
  char name[16];
  const mock_record *r = mock_find(name_of(name, id), 0);
  (void)fs;
  if (mock_error) return mock_error;
  if (r && r->n == n && memcmp(r->bytes, p, n) == 0) return 0;
  return put(name, p, n) ? -ENOSPC : (ssize_t)n;
}

int zms_delete(struct zms_fs *fs, uint32_t id) {
  char name[16];
  mock_record *r = mock_find(name_of(name, id), 0);
  (void)fs;
  if (mock_error) return mock_error;
  if (r) memset(r, 0, sizeof *r);
  return 0;
}

/* ---- NVS of Zephyr ---- */

/* An id, the length and a checksum have their place in a sector too. */
static bool is_too_large(const struct nvs_fs *fs, size_t n) {
  return n > fs->sector_size - 32u;
}

int nvs_mount(struct nvs_fs *fs) {
  return fs->flash_device && fs->sector_size && fs->sector_count >= 2 ? mock_error : -EINVAL;
}

ssize_t nvs_read(struct nvs_fs *fs, uint16_t id, void *p, size_t n) {
  char name[16];
  const mock_record *r = mock_find(name_of(name, id), 0);
  if (mock_error) return mock_error;
  if (is_too_large(fs, n)) return -EINVAL;
  if (!r) return -ENOENT;
  memcpy(p, r->bytes, n < r->n ? n : r->n);
  return (ssize_t)r->n;
}

ssize_t nvs_write(struct nvs_fs *fs, uint16_t id, const void *p, size_t n) {
  struct zms_fs all = {0};
  return is_too_large(fs, n) ? -EINVAL : zms_write(&all, id, p, n);
}

int nvs_delete(struct nvs_fs *fs, uint16_t id) {
  struct zms_fs all = {0};
  (void)fs;
  return zms_delete(&all, id);
}

/* ---- The partition ---- */

static const struct flash_area storage = {.fa_size = 16384};

int flash_area_open(uint8_t id, const struct flash_area **area) {
  *area = &storage;
  return id == 1 ? 0 : -1; /* storage_partition */
}

void flash_area_close(const struct flash_area *area) {
  (void)area;
}

int flash_get_page_info_by_offs(const struct device *flash, off_t offset,
                                struct flash_pages_info *info) {
  (void)flash;
  (void)offset;
  info->size = 4096;
  return 0;
}

const struct device *flash_area_get_device(const struct flash_area *area) {
  return (const struct device *)area; /* anything but NULL */
}
