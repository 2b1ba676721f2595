/* port_check FOLDER PORT CLOSED_PORT [FAULT]: the POSIX port, with a FAULT made bad (bad.h).
 * port_check faults: lists the faults, each with the check that has to find it. */
#include "bad.h"
#include "host.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <moat_posix.h>

static const char *folder;

/* A file that others can read is not read. */
static void break_slot(void *ctx, int slot, bool broken) {
  static const char *const files[MOAT_SLOTS] = {"grant.a", "grant.b", "mark", "pending", "tls"};
  char path[4096];
  (void)ctx;
  (void)snprintf(path, sizeof path, "%s/%s", folder, files[slot]);
  if (chmod(path, broken ? 0644 : 0600)) abort();
}

static int list_faults(void) {
  const char *name, *check;
  for (int i = 0; (name = bad_fault(i, &check)); i++)
    (void)printf("%s\t%s\n", name, check);
  return 0;
}

int main(int argc, char **argv) {
  static moat_posix platform, other;
  static moat_posix_net net, other_net;
  port_check_setup setup = {.name = "POSIX",
                            .platform = &moat_posix_platform,
                            .platform_ctx = &platform,
                            .other_ctx = &other,
                            .stream = &moat_posix_stream,
                            .io = &net,
                            .other_io = &other_net,
                            .board = &host_board};
  if (argc == 2) return list_faults();
  if (argc < 4) return 2;
  folder = argv[1];
  setup.again = access(folder, F_OK) == 0;
  host_board.break_slot = break_slot;
  if (moat_posix_open(&platform, folder) || moat_posix_open(&other, folder)) return 2;
  if (argv[4] && !bad_port(argv[4], &setup)) return 2;
  return host_check(&setup, argv);
}
