/* The slots and the lock of an account. */
#include "moat_sockets.h"

int moat_sockets_slot_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  const moat_sockets_account *a = ctx;
  return a->store->read(a->store_ctx, slot, p, cap, n);
}

int moat_sockets_slot_write(void *ctx, int slot, const void *p, size_t n) {
  const moat_sockets_account *a = ctx;
  return a->store->write(a->store_ctx, slot, p, n);
}

int moat_sockets_slot_erase(void *ctx, int slot) {
  const moat_sockets_account *a = ctx;
  return a->store->erase(a->store_ctx, slot);
}

/* The mutex only guards the flag. A mutex that stayed taken would let its own task in a second time
 * on some systems, and on others only that task could give it back. */
int moat_sockets_lock(void *ctx) {
  moat_sockets_gate *gate = ((const moat_sockets_account *)ctx)->gate;
  if (!gate) return MOAT_OK;
  MOAT_SOCKETS_mutex_lock(&gate->mutex->mutex);
  bool busy = gate->taken;
  gate->taken = true;
  MOAT_SOCKETS_mutex_unlock(&gate->mutex->mutex);
  return busy ? MOAT_WANT_TIME : MOAT_OK;
}

void moat_sockets_unlock(void *ctx) {
  moat_sockets_gate *gate = ((const moat_sockets_account *)ctx)->gate;
  if (!gate) return;
  MOAT_SOCKETS_mutex_lock(&gate->mutex->mutex);
  gate->taken = false;
  MOAT_SOCKETS_mutex_unlock(&gate->mutex->mutex);
}
