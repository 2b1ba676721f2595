/* The code is durable before it is shown, so that a restart goes on with it. */
#include "account.h"

#include "console.h"
#include "platform.h"
#include "settings.h"

/* Whose code it is: with another provider it is of no use. */
static moat_span owner(void) {
  return moat_str(settings.token_url);
}

static void tell(const moat_device_prompt *p) {
  say("\n  To sign in this device, open\n    ");
  say_span(p->verification_uri);
  say("\n  and enter the code\n    ");
  say_span(p->user_code);
  say("\n\n");
}

static int show(void *ctx, moat_device_prompt *p) {
  account_buffers_t *b = &account_buffers;
  (void)ctx;
  int r = moat_device_save(p, owner(), &platform, NULL, b->record, sizeof b->record);
  if (r == MOAT_OK) tell(p);
  return r;
}

static bool renewed;

/* Only once the tokens are here the stored grant's buffer is needed. A record that is damaged or
 * absent is about to be replaced. */
static int keep(void *ctx, const moat_token *token) {
  moat_store *s = &account.store;
  (void)ctx;
  if (!renewed) {
    if (moat_store_load(s) == MOAT_E_NEWER) return MOAT_E_NEWER;
    moat_store_renew(s, MOAT_HOW_DEVICE, moat_str(settings.token_url), settings.client_id,
                     settings.scope);
  }
  renewed = true;
  return moat_store_keeper.save(s, token);
}

static const moat_keeper_ops keeper = {.save = keep};

static int erase_pending(void) {
  return platform.slot_erase(NULL, MOAT_SLOT_PENDING);
}

static int begin(void) {
  account_buffers_t *b = &account_buffers;
  moat_device_grant *g = &account.device;
  renewed = false;
  *g = (moat_device_grant){.grant = {.endpoint = &settings.token,
                                     .auth = &account.auth,
                                     .access = b->access,
                                     .access_size = sizeof b->access,
                                     .keeper = &keeper},
                           .device_endpoint = &settings.device,
                           .scope = settings.scope,
                           .memory = b->prompt,
                           .memory_size = sizeof b->prompt,
                           .show = show};
  if (moat_device_load(&g->prompt, owner(), &platform, NULL, b->prompt, sizeof b->prompt) ==
      MOAT_OK) {
    say("sign-in: goes on with the code that is pending\n");
    tell(&g->prompt);
  } else {
    say("sign-in: asking for a code\n");
  }
  return moat_device_begin(&account.client, g);
}

/* While there is a code, it is good: the next call goes on with it. */
int signin(void) {
  int r = begin();
  if (r == MOAT_OK) r = account_run();
  if (r == MOAT_OK) say("sign-in: done, and the grant is stored\n");
  if (!account.device.prompt.device_code.n) (void)account_settle(erase_pending);
  return r;
}
