/* port_check FOLDER PORT CLOSED_PORT: the template, which has nothing. */
#include "host.h"

#include <moat_template.h>

int main(int argc, char **argv) {
  static moat_template platform;
  static moat_template_net net;
  port_check_setup setup = {.name = "the template",
                            .platform = &moat_template_platform,
                            .platform_ctx = &platform,
                            .stream = &moat_template_stream,
                            .io = &net};
  return argc == 4 ? host_check(&setup, argv) : 2;
}
