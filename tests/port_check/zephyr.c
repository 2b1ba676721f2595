/* port_check FOLDER PORT CLOSED_PORT: the port to Zephyr, over tests/mocks. */
#include "host.h"

#include <time.h>

#include <mocks.h>
#include <moat_zephyr.h>

static void set_date(void *ctx, int64_t seconds) {
  moat_zephyr_set_date(ctx, seconds);
}

int main(int argc, char **argv) {
  static moat_zephyr board, other;
  port_check_setup setup = {.name = "Zephyr",
                            .platform = &moat_zephyr_platform,
                            .platform_ctx = &board,
                            .other_ctx = &other,
                            .stream = &moat_sockets_stream,
                            .io = &board.net,
                            .other_io = &other.net,
                            .board = &host_board};
  for (int slot = 0; slot < MOAT_SLOTS; slot++)
    setup.slot_size[slot] = 4000; /* a sector has 4096 bytes */
  host_board.set_date = set_date;
  host_board.break_slot = mock_break_slot;
  if (argc != 4 || moat_zephyr_open_partition(&board, MOAT_ZEPHYR_PARTITION(storage_partition)) ||
      moat_zephyr_open(&other, &board.fs, 0))
    return 2;
  other.account.gate = &board.gate;
  moat_zephyr_set_date(&board, time(NULL));
  return host_check(&setup, argv);
}
