/* The state of the account from its slots, without a request. */
#include "account_pending.h"

#include <string.h>

/* Reads into the work buffer, which is unused between two exchanges. */
static uint8_t find_pending(moat_account *a) {
  const moat_account_config *c = a->config;
  char owner[MOAT__OWNER], *work = a->client.config.work;
  size_t n, size = a->client.config.work_size;
  moat_device_prompt prompt;
  uint8_t kind = MOAT_PENDING_NONE;
  if (moat__authorization_read(a, work, size, &n) == 0)
    kind = MOAT_PENDING_CODE;
  else if (moat_device_load(&prompt, moat__account_owner(a, owner), c->platform, c->platform_ctx,
                            work, size) == 0)
    kind = MOAT_PENDING_DEVICE;
  moat_wipe(work, size);
  return kind;
}

int moat_account_load(moat_account *a) {
  if (!a->config || a->stage != MOAT__STAGE_IDLE) return MOAT_E_MISUSE;
  memset(&a->error, 0, sizeof a->error);
  a->pending_kind = find_pending(a);
  a->error.code = moat__account_read(a);
  if (a->error.code == MOAT_E_PORT) a->error.port_code = a->store.port_code;
  return a->error.code;
}

int moat_account_pending(const moat_account *a) {
  return a->pending_kind;
}

bool moat_account_is_valid(moat_account *a) {
  return moat__token_lasts(a, 0);
}

const moat_note *moat_account_note(const moat_account *a) {
  return &a->store.note;
}

const moat_record *moat_account_record(const moat_account *a) {
  return &a->store.record;
}
