/* A device that signs in and stays signed in, by the grant in its flash or by a person with a code.
 * It reports every failure and tries again. Only missing hardware ends it. */
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
  MINUTE_S = 60, /* the account knows when a new token is due */
  EXIT_SETTINGS = 2,
  EXIT_HARDWARE = 3
};

static void pause(uint32_t ms) {
  uint32_t began = board_ms();
  while (board_ms() - began < ms)
    (void)network_turn(NULL);
}

/* This is reported only once, however long it takes. */
static void wait_for_network(void) {
  if (!network_link())
    say("trouble: network: the network cable is out [link]\n");
  else if (!network_ready())
    say("network: asking for an address\n");
  while (!network_ready())
    (void)network_turn(NULL);
}

/* `asked` is the pause that the server asks for, in seconds. */
static int one_round(uint32_t *asked) {
  wait_for_network();
  (void)pool_ran_out(); /* only what happens from now on counts */
  int r = token();
  *asked = moat_account_error(&account.moat)->retry_after;
  if (r == MOAT_OK) {
    figures_show();
    r = use();
    if (r == MOAT_E_STATUS) r = refuse();
    if (r != MOAT_OK) trouble("service", r);
  }
  account_close();
  return r;
}

/* The device cannot work without these. */
static const char *start(void) {
  if (nor_open(settings.flash, settings.cut, settings.erase_ms))
    return "flash: its file cannot be used";
  if (!network_start()) return "network: the controller does not answer";
  if (*settings.dns && !network_use_dns(settings.dns, settings.dns_port))
    return "settings: dns is no address";
  return NULL;
}

static void stay_signed_in(void) {
  uint32_t failures = 0, asked;
  for (uint32_t rounds = 0; !settings.rounds || rounds < settings.rounds;) {
    if (one_round(&asked) == MOAT_OK) {
      failures = 0;
      rounds++;
      if (!settings.rounds) pause(MINUTE_S * SECOND_MS);
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
