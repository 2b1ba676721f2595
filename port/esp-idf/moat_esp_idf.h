/* Moat on ESP-IDF: port/sockets by POSIX names, slots in NVS, and the chip's clock and random
 * numbers. All that one task needs for one account is in a moat_esp_idf:
 *
 *   static moat_esp_idf board;
 *   moat_esp_idf_open(&board, "moat");
 *
 * Then moat_esp_idf_platform has &board as its context, and moat_sockets_stream has &board.net.
 *
 * - The struct is static and is opened once. A lookup that was given up goes on after close() and
 *   uses it, and nothing tells when it has ended.
 * - nvs_flash_init() comes first. This header declares it.
 * - The date is that of the system, so set it by SNTP or an RTC. Until then nothing is sent.
 * - The chip's random numbers are true ones only while Wi-Fi, Bluetooth or the entropy source of
 *   the bootloader is on. With Ethernet alone see "Random Number Generation" in the guide of
 *   ESP-IDF. */
#ifndef MOAT_ESP_IDF_H
#define MOAT_ESP_IDF_H

#include <nvs_flash.h>

#include "moat_sockets.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  moat_sockets_account account; /* comes first: port/sockets takes it for the context */
  moat_sockets_mutex mutex;
  moat_sockets_gate gate;
  moat_sockets_nvs nvs;
  moat_sockets_threads resolver;
  moat_sockets net;
} moat_esp_idf;

extern const moat_platform moat_esp_idf_platform;

/* Opens a namespace of NVS, which has 15 characters at most and belongs to one account. Returns 0
 * or MOAT_E_PORT. Another task with the same account opens a struct of its own, and then takes over
 * the gate: other.account.gate = &board.gate. */
int moat_esp_idf_open(moat_esp_idf *board, const char *name_space);

#ifdef __cplusplus
}
#endif
#endif
