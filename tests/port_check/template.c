/* port_check FOLDER PORT CLOSED_PORT: the template, which has nothing. Only ticks are given to it,
 * as no check begins before they count. */
#include "host.h"

#include <time.h>

#include <moat_template.h>

static uint32_t ticks_ms(void *ctx) {
  struct timespec t;
  (void)ctx;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

int main(int argc, char **argv) {
  static moat_template board;
  static moat_template_net net;
  moat_platform platform = moat_template_platform;
  platform.ticks_ms = ticks_ms;
  port_check_setup setup = {.name = "the template",
                            .platform = &platform,
                            .platform_ctx = &board,
                            .stream = &moat_template_stream,
                            .io = &net};
  return argc == 4 ? host_check(&setup, argv) : 2;
}
