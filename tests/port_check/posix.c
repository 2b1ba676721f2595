/* port_check FOLDER PORT CLOSED_PORT: the POSIX port, or with -DTEMPLATE the one that has nothing.
 */
#include "port_check.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef TEMPLATE
#include <moat_template.h>
static moat_template platform;
static moat_template_net net;
#define PLATFORM moat_template_platform
#define STREAM moat_template_stream
#else
#include <moat_posix.h>
static moat_posix platform;
static moat_posix_net net;
#define PLATFORM moat_posix_platform
#define STREAM moat_posix_stream
#endif

static char memory[12288];

/* A label of 64 letters: no name server is asked about it (RFC 1035 2.3.4). */
static const char unknown_host[] =
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid";

static void print(const char *text) {
  (void)fputs(text, stdout);
  (void)fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
#ifndef TEMPLATE
  if (moat_posix_open(&platform, argv[1])) return 2;
#endif
  port_check_setup setup = {.platform = &PLATFORM,
                            .platform_ctx = &platform,
                            .stream = &STREAM,
                            .io = &net,
                            .host = "localhost",
                            .port = (uint16_t)strtoul(argv[2], NULL, 10),
                            .closed_port = (uint16_t)strtoul(argv[3], NULL, 10),
                            .unknown_host = unknown_host,
                            .memory = memory,
                            .size = sizeof memory,
                            .print = print};
  return port_check(&setup) ? 1 : 0;
}
