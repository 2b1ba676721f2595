#include "account.h"

#include "console.h"
#include "settings.h"

static int settle(void) {
  return moat_store_settle(&account.store, true, 0);
}

static int begin(void) {
  moat_refresh_grant *g = &account.refresh;
  *g = (moat_refresh_grant){.grant = {.endpoint = &settings.token,
                                      .auth = &account.auth,
                                      .access = account_buffers.access,
                                      .access_size = sizeof account_buffers.access,
                                      .keeper = &moat_store_keeper,
                                      .keeper_ctx = &account.store},
                            .refresh_token = account.store.record.refresh_token};
  return moat_refresh_begin(&account.client, g);
}

/* A grant whose refresh was cut short is tried once more: most often nothing was lost. */
int refresh(void) {
  bool was_marked = account.store.marked;
  if (was_marked) say("refresh: the last one was cut short\n");
  int r = begin();
  if (r == MOAT_OK) r = account_run();
  if (r == MOAT_OK) say("refresh: a new access token, and the grant is stored\n");
  /* The server's own word: nothing was lost on the way. What was lost before still is. */
  bool told = moat_judge(moat_error(&account.client)).definite;
  if (told && !was_marked) (void)account_settle(settle);
  return r;
}
