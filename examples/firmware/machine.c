/* An image that needs no person: it gets its tokens by client credentials (RFC 6749 4.4). The last
 * token is in the flash, and serves after a restart. */
#include "machine.h"

char account_memory[MOAT_ACCOUNT_MEMORY(WORK_SIZE, ACCESS_SIZE, 0, TEXT_SIZE) + ACCESS_SIZE];
const size_t account_memory_size = sizeof account_memory;

static const moat_unattended credentials = {&moat_unattended_client_credentials};

int account_configure(moat_account_config *config) {
  config->unattended = &credentials;
  config->keep_access = true;
  return machine_prove(config);
}

/* The refresh meets the errors of the load again. */
int token(void) {
  (void)!moat_account_load(&account.moat);
  return refresh();
}
