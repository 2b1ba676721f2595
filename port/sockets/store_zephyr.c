/* Slots in Zephyr's ZMS or NVS. Both write a new record before they let go of the old one. */
#include "moat_sockets.h"

#if defined(MOAT_SOCKETS_ZMS) || defined(MOAT_SOCKETS_ZEPHYR_NVS)
#include <errno.h>

/* A read into too little room does not say the length in every version of ZMS, and NVS refuses more
 * room than a sector. So the length is asked first. */
#ifdef MOAT_SOCKETS_ZMS
#define STORE(call) zms_##call

static ptrdiff_t length_of(struct zms_fs *fs, uint32_t id) {
  return zms_get_data_length(fs, id);
}
#else
#define STORE(call) nvs_##call

static ptrdiff_t length_of(struct nvs_fs *fs, uint16_t id) {
  char first;
  return nvs_read(fs, id, &first, sizeof first);
}
#endif

static int fail(moat_sockets_zephyr *s, int result, ptrdiff_t error) {
  s->error = (int32_t)error;
  return result;
}

static moat_sockets_zephyr_id id_of(const moat_sockets_zephyr *s, int slot) {
  return (moat_sockets_zephyr_id)(s->first_id + (unsigned)slot);
}

static int read_record(void *store_ctx, int slot, void *p, size_t cap, size_t *n) {
  moat_sockets_zephyr *s = store_ctx;
  ptrdiff_t length = length_of(s->fs, id_of(s, slot));
  *n = length > 0 ? (size_t)length : 0;
  if (length == -ENOENT) return MOAT_E_EMPTY;
  if (length <= 0) return fail(s, MOAT_E_PORT, length);
  if (*n > cap) return MOAT_E_SPACE;
  ptrdiff_t r = STORE(read)(s->fs, id_of(s, slot), p, *n);
  return r == length ? MOAT_OK : fail(s, MOAT_E_PORT, r);
}

/* 0 means that the same bytes were there already. */
static int write_record(void *store_ctx, int slot, const void *p, size_t n) {
  moat_sockets_zephyr *s = store_ctx;
  ptrdiff_t r = STORE(write)(s->fs, id_of(s, slot), p, n);
  return r == 0 || (size_t)r == n ? MOAT_OK : fail(s, MOAT_E_STORE, r);
}

/* An entry that is not there is erased already. */
static int erase_record(void *store_ctx, int slot) {
  moat_sockets_zephyr *s = store_ctx;
  int r = STORE(delete)(s->fs, id_of(s, slot));
  return r == 0 || r == -ENOENT ? MOAT_OK : fail(s, MOAT_E_STORE, r);
}

const moat_sockets_store moat_sockets_zephyr_store = {
    .read = read_record, .write = write_record, .erase = erase_record};
#endif
