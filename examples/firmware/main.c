/* A device that signs in and stays signed in: by the grant in its flash, or by a person with a
 * code. Whatever fails is told and tried again; nothing but missing hardware ends it. */
#include "account.h"
#include "board.h"
#include "console.h"
#include "figures.h"
#include "network.h"
#include "nor.h"
#include "pool.h"
#include "settings.h"
#include "trouble.h"
#include "uart.h"

enum {
  RETRY_DOUBLINGS = 5,
  SECOND_MS = 1000,
  MARGIN_S = 300,
  MINUTE_S = 60,
  HOUR_S = 3600,
  DAY_S = 86400,
  EXIT_SETTINGS = 2,
  EXIT_HARDWARE = 3
};

static void pause(uint32_t ms) {
  uint32_t began = board_ms();
  while (board_ms() - began < ms)
    (void)network_turn(NULL);
}

/* Told once, however long it takes. */
static void wait_for_network(void) {
  if (!network_link())
    say("trouble: network: the network cable is out [link]\n");
  else if (!network_ready())
    say("network: asking for an address\n");
  while (!network_ready())
    (void)network_turn(NULL);
}

/* A grant of another provider or client is none: a refresh token goes nowhere else. */
static bool has_grant(void) {
  const moat_record *r = &account.store.record;
  return r->refresh_token.n && moat_span_equal(r->provider, moat_str(settings.token_url)) &&
         moat_span_equal(r->client_id, settings.client_id);
}

static int erase(void) {
  return moat_store_erase(&account.store);
}

/* A refusal of the refresh token is the only thing that gives up a grant. */
static int get_token(void) {
  int r = moat_store_load(&account.store);
  if (r != MOAT_OK && r != MOAT_E_EMPTY && r != MOAT_E_STORE) {
    trouble("grant", r); /* it may be there all the same: nobody is asked to sign in */
    return r;
  }
  bool stored = r == MOAT_OK && has_grant();
  r = stored ? refresh() : signin();
  if (r != MOAT_OK) trouble(stored ? "refresh" : "sign-in", r);
  if (stored && r != MOAT_OK && moat_judge(moat_error(&account.client)).dead) {
    say("refresh: the grant is of no more use, somebody has to sign in again\n");
    (void)account_settle(erase);
  }
  return r;
}

/* `asked` is the pause that the server wants, in seconds. */
static int one_round(uint32_t *asked) {
  wait_for_network();
  (void)pool_ran_out(); /* only what happens from here on */
  int r = get_token();
  if (r == MOAT_OK) figures_show();
  if (r == MOAT_OK) {
    r = use();
    if (r != MOAT_OK) trouble("service", r);
  }
  *asked = moat_error(&account.client)->retry_after;
  account_close();
  return r;
}

/* What it cannot do without. */
static const char *start(void) {
  if (nor_open(settings.flash, settings.cut, settings.erase_ms))
    return "flash: its file cannot be used";
  if (!network_start()) return "network: the controller does not answer";
  if (*settings.dns && !network_use_dns(settings.dns, settings.dns_port))
    return "settings: dns is no address";
  return NULL;
}

/* As long as an access token is good, but for the last fifth of its life, or its last five minutes;
 * a server that says a second, or a year, is not taken at its word. */
static uint32_t seconds_to_next(void) {
  const moat_record *r = &account.store.record;
  uint32_t life = r->expires ? r->expires - r->refreshed : HOUR_S;
  life -= life / 5 < MARGIN_S ? life / 5 : MARGIN_S;
  return life < MINUTE_S ? MINUTE_S : life > DAY_S ? DAY_S : life;
}

static void stay_signed_in(void) {
  uint32_t failures = 0, asked;
  for (uint32_t rounds = 0; !settings.rounds || rounds < settings.rounds;) {
    if (one_round(&asked) == MOAT_OK) {
      failures = 0;
      rounds++;
      if (!settings.rounds) pause(seconds_to_next() * SECOND_MS);
      continue;
    }
    uint32_t ms = settings.retry_ms << failures;
    pause(ms > asked * SECOND_MS ? ms : asked * SECOND_MS);
    if (failures < RETRY_DOUBLINGS) failures++;
  }
}

int main(void) {
  board_init();
  uart_init();
  say("\nmoat: a device that signs in, profile " PROFILE_NAME "\n");
  if (!settings_read()) return EXIT_SETTINGS;
  pool_init(settings.pool);
  const char *missing = start();
  if (missing) {
    say("trouble: ");
    say(missing);
    say("\n");
    return EXIT_HARDWARE;
  }
  int r = account_open();
  if (r != MOAT_OK) {
    trouble("start", r);
    return EXIT_HARDWARE;
  }
  stay_signed_in();
  figures_show();
  say("moat: done\n");
  return 0;
}
