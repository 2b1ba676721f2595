/* port_check on the board of examples/firmware: lwIP's stream, and the slots in NOR flash. Of the
 * settings, api= is where echo.mjs is, and device= where nobody listens. */
#include "port_check.h"

#include "board.h"
#include "console.h"
#include "network.h"
#include "nor.h"
#include "platform.h"
#include "settings.h"
#include "uart.h"

#include <moat_lwip.h>

enum { SLOT = NOR_BLOCK - NOR_UNIT, EXIT_FAILURES = 1, EXIT_SETTINGS = 2, EXIT_HARDWARE = 3 };

static char memory[3 * SLOT];
static moat_lwip_net net = {.poll = network_turn}, other_net = {.poll = network_turn};

/* RFC 6761 6.2, 6.4: no name server but dns.mjs knows any of these. See there for the last three.
 * Nobody has the address in QEMU's network. */
static const char unknown_host[] = "nobody.invalid", late_host[] = "late.invalid",
                  silent_host[] = "silent.invalid", found_host[] = "late.test",
                  deaf_host[] = "10.0.2.99";

static bool start(void) {
  if (nor_open(settings.flash, settings.cut, settings.erase_ms) || !network_start() ||
      !network_use_dns(settings.dns, settings.dns_port))
    return false;
  while (!network_ready())
    (void)network_turn(NULL);
  return true;
}

int main(void) {
  board_init();
  uart_init();
  if (!settings_read()) return EXIT_SETTINGS;
  if (!start()) return EXIT_HARDWARE;
  port_check_setup setup = {.name = "lwIP on an MPS2 board",
                            .platform = &platform,
                            .stream = &moat_lwip_stream,
                            .io = &net,
                            .other_io = &other_net,
                            .host = settings.api.host,
                            .port = settings.api.port,
                            .closed_port = settings.device.port,
                            .unknown_host = unknown_host,
                            .late_host = late_host,
                            .silent_host = silent_host,
                            .found_host = found_host,
                            .deaf_host = deaf_host,
                            .slot_size = {[MOAT_SLOT_MARK] = 44},
                            .memory = memory,
                            .size = sizeof memory,
                            .print = say};
  return port_check(&setup) ? EXIT_FAILURES : 0;
}
