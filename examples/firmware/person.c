/* An image that a person signs in, with a code on another device (RFC 8628). Its grant is in the
 * flash. */
#include "account.h"

#include "console.h"
#include "settings.h"
#include "trouble.h"

char account_memory[MOAT_ACCOUNT_MEMORY(WORK_SIZE, ACCESS_SIZE, REFRESH_SIZE, TEXT_SIZE)];
const size_t account_memory_size = sizeof account_memory;

static int show(void *ctx, const moat_device_prompt *p) {
  (void)ctx;
  say("\n  To sign in this device, open\n    ");
  say_span(p->verification_uri);
  say("\n  and enter the code\n    ");
  say_span(p->user_code);
  say("\n\n");
  return MOAT_OK;
}

int account_configure(moat_account_config *config) {
  account.auth = (moat_auth){.ops = &moat_auth_none, .client_id = settings.client_id};
  config->auth = &account.auth;
  config->device_endpoint = &settings.device;
  config->refresh_size = REFRESH_SIZE;
  config->show = show;
  return MOAT_OK;
}

static int sign_in(void) {
  bool goes_on = moat_account_pending(&account.moat) == MOAT_PENDING_DEVICE;
  say(goes_on ? "sign-in: goes on with the code that is pending\n"
              : "sign-in: asking for a code\n");
  int r = moat_account_sign_in(&account.moat);
  if (r == MOAT_OK) r = account_run();
  if (r == MOAT_OK)
    say("sign-in: done, and the grant is stored\n");
  else
    trouble("sign-in", r);
  return r;
}

static bool needs_sign_in(void) {
  return moat_judge(moat_account_error(&account.moat)).need == MOAT_NEED_SIGN_IN;
}

/* A person is asked only if a sign-in is needed. Other errors pass or are reported. The refresh
 * meets all other errors of the load again. */
int token(void) {
  if (moat_account_load(&account.moat) != MOAT_OK && needs_sign_in()) return sign_in();
  int r = refresh();
  if (r == MOAT_OK || !needs_sign_in()) return r;
  say("refresh: the grant is of no more use, somebody has to sign in again\n");
  return sign_in();
}
