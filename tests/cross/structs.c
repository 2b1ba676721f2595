/* Whether this program, Moat and Mbed TLS agree on the width of time_t: 0 if so, 42 if not. */
#include "moat/tls.h"
#include "moat_posix.h"

int main(void) {
  static moat_posix posix;
  moat_tls_context context;
  int r = moat_tls_init(&context, &moat_posix_platform, &posix);
  moat_tls_free(&context);
  return r == 0 ? 0 : r == MOAT_E_MISUSE ? 42 : 2;
}
