/* --version: a line for people, or a JSON object that tells what this moat was built with. */
#include "commands.h"

#include "../terminal/qr.h"
#include "../terminal/term.h"
#include "../terminal/write_json.h"
#include "../terminal/write_output.h"

#include <moat/tls.h>

#include <mbedtls/version.h>
#include <stdio.h>

/* The version of the library that runs, which may be newer than the headers. */
static unsigned mbedtls_number(void) {
#ifdef MBEDTLS_VERSION_C
  return mbedtls_version_get_number();
#else
  return MBEDTLS_VERSION_NUMBER;
#endif
}

int version_show(bool json) {
  char mbedtls[32];
  unsigned n = mbedtls_number();
  if (!json) return print("moat %s", MOAT_VERSION);
  (void)snprintf(mbedtls, sizeof mbedtls, "%u.%u.%u", n >> 24, n >> 16 & 0xff, n >> 8 & 0xff);
  json_begin();
  json_text("version", moat_str(MOAT_VERSION));
  json_text("mbedtls", moat_str(mbedtls));
  json_bool("tls_1_3", moat_tls_has_1_3());
  json_bool("qr", qr_built_in);
  json_end();
  return output_print();
}
