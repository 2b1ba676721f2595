/* The ticks, the slots and the lock of an account. */
#include "moat_sockets.h"

uint32_t moat_sockets_ticks_ms(void *ctx) {
  (void)ctx;
  return MOAT_SOCKETS_now_ms();
}

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
bool moat_sockets_take(moat_sockets_mutex *m, bool *taken) {
  MOAT_SOCKETS_mutex_lock(&m->mutex);
  bool busy = *taken;
  *taken = true;
  MOAT_SOCKETS_mutex_unlock(&m->mutex);
  return !busy;
}

void moat_sockets_give(moat_sockets_mutex *m, bool *taken) {
  MOAT_SOCKETS_mutex_lock(&m->mutex);
  *taken = false;
  MOAT_SOCKETS_mutex_unlock(&m->mutex);
}

int moat_sockets_lock(void *ctx) {
  moat_sockets_gate *gate = ((const moat_sockets_account *)ctx)->gate;
  return !gate || moat_sockets_take(gate->mutex, &gate->taken) ? MOAT_OK : MOAT_WANT_TIME;
}

void moat_sockets_unlock(void *ctx) {
  moat_sockets_gate *gate = ((const moat_sockets_account *)ctx)->gate;
  if (gate) moat_sockets_give(gate->mutex, &gate->taken);
}
