/* Debian's configuration without what a board has not: only the sizes of Moat's own files are read.
 */
#include <mbedtls/config.h>
#undef MBEDTLS_THREADING_C
#undef MBEDTLS_THREADING_PTHREAD
#undef MBEDTLS_FS_IO
#undef MBEDTLS_NET_C
#undef MBEDTLS_TIMING_C
