/* Slots in Zephyr's ZMS, which writes a new record before it lets go of the old one. */
#include "moat_sockets.h"

#ifdef MOAT_SOCKETS_ZMS
#include <errno.h>

static int fail(moat_sockets_zms *s, int result, int32_t error) {
  s->error = error;
  return result;
}

static uint32_t id_of(const moat_sockets_zms *s, int slot) {
  return s->first_id + (uint32_t)slot;
}

/* A read into too little room does not say the length in every version, so it is asked first. */
static int read_zms(void *store_ctx, int slot, void *p, size_t cap, size_t *n) {
  moat_sockets_zms *s = store_ctx;
  ptrdiff_t length = zms_get_data_length(s->fs, id_of(s, slot));
  *n = length > 0 ? (size_t)length : 0;
  if (length == -ENOENT) return MOAT_E_EMPTY;
  if (length <= 0) return fail(s, MOAT_E_PORT, (int32_t)length);
  if (*n > cap) return MOAT_E_SPACE;
  ptrdiff_t r = zms_read(s->fs, id_of(s, slot), p, *n);
  return r == length ? MOAT_OK : fail(s, MOAT_E_PORT, (int32_t)r);
}

/* 0 means that the same bytes were there already. */
static int write_zms(void *store_ctx, int slot, const void *p, size_t n) {
  moat_sockets_zms *s = store_ctx;
  ptrdiff_t r = zms_write(s->fs, id_of(s, slot), p, n);
  return r == 0 || (size_t)r == n ? MOAT_OK : fail(s, MOAT_E_STORE, (int32_t)r);
}

/* An entry that is not there is erased already. */
static int erase_zms(void *store_ctx, int slot) {
  moat_sockets_zms *s = store_ctx;
  int r = zms_delete(s->fs, id_of(s, slot));
  return r == 0 || r == -ENOENT ? MOAT_OK : fail(s, MOAT_E_STORE, r);
}

const moat_sockets_store moat_sockets_zms_store = {
    .read = read_zms, .write = write_zms, .erase = erase_zms};
#endif
