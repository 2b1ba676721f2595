/* The default configuration (of 2.28, Debian's) without what a board has not: only the sizes of
 * Moat's own files are read. */
#if __has_include(<mbedtls/mbedtls_config.h>)
#include <mbedtls/mbedtls_config.h>
#else
#include <mbedtls/config.h>
#endif
#undef MBEDTLS_THREADING_C
#undef MBEDTLS_THREADING_PTHREAD
#undef MBEDTLS_FS_IO
#undef MBEDTLS_NET_C
#undef MBEDTLS_TIMING_C
#undef MBEDTLS_PSA_ITS_FILE_C
#undef MBEDTLS_PSA_CRYPTO_STORAGE_C
