/* port_check FOLDER PORT CLOSED_PORT: the port to ESP-IDF, over tests/mocks. */
#include "host.h"

#include <mocks.h>
#include <moat_esp_idf.h>

int main(int argc, char **argv) {
  static moat_esp_idf board, other;
  port_check_setup setup = {.name = "ESP-IDF",
                            .platform = &moat_esp_idf_platform,
                            .platform_ctx = &board,
                            .other_ctx = &other,
                            .stream = &moat_sockets_stream,
                            .io = &board.net,
                            .other_io = &other.net,
                            .board = &host_board};
  host_board.break_slot = mock_break_slot;
  if (argc != 4 || nvs_flash_init()) return 2;
  if (moat_esp_idf_open(&board, "moat") || moat_esp_idf_open(&other, "moat")) return 2;
  other.account.gate = &board.gate;
  return host_check(&setup, argv);
}
