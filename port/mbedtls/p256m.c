/* P-256 by p256-m, which Mbed TLS brings in 3rdparty/. Compile this file and p256-m.c, and define
 * MOAT_P256M for all of Mbed TLS: moat_mbedtls_tiny.h then takes out Mbed TLS's own arithmetic of
 * the curve.
 *
 * It is for a processor with UMAAL (Cortex-M4, M7, M33). On a Cortex-M4 it takes less flash and
 * less memory, and the same time. Others run p256-m's C code, which was not measured. */
#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/platform_util.h>
#include <p256-m.h>

#if defined(MBEDTLS_ECP_DP_SECP192R1_ENABLED) || defined(MBEDTLS_ECP_DP_SECP224R1_ENABLED) ||      \
    defined(MBEDTLS_ECP_DP_SECP384R1_ENABLED) || defined(MBEDTLS_ECP_DP_SECP521R1_ENABLED) ||      \
    defined(MBEDTLS_ECP_DP_SECP192K1_ENABLED) || defined(MBEDTLS_ECP_DP_SECP224K1_ENABLED) ||      \
    defined(MBEDTLS_ECP_DP_SECP256K1_ENABLED) || defined(MBEDTLS_ECP_DP_BP256R1_ENABLED) ||        \
    defined(MBEDTLS_ECP_DP_BP384R1_ENABLED) || defined(MBEDTLS_ECP_DP_BP512R1_ENABLED) ||          \
    defined(MBEDTLS_ECP_DP_CURVE25519_ENABLED) || defined(MBEDTLS_ECP_DP_CURVE448_ENABLED)
#error "p256m.c is for a profile whose only curve is P-256"
#endif

enum { NUMBER = 32, POINT = 1 + 2 * NUMBER, ATTEMPTS = 8, UNCOMPRESSED = 4 };

/* The point at infinity takes one byte, and is no public key. */
static int write_point(const mbedtls_ecp_group *grp, const mbedtls_ecp_point *Q,
                       uint8_t point[POINT]) {
  size_t length;
  int r =
      mbedtls_ecp_point_write_binary(grp, Q, MBEDTLS_ECP_PF_UNCOMPRESSED, &length, point, POINT);
  return r || length == POINT ? r : MBEDTLS_ERR_ECP_INVALID_KEY;
}

/* A random number of 256 bits is no private key once in four thousand million times. */
int mbedtls_ecdh_gen_public(mbedtls_ecp_group *grp, mbedtls_mpi *d, mbedtls_ecp_point *Q,
                            int (*random)(void *, unsigned char *, size_t), void *ctx) {
  uint8_t key[NUMBER], point[POINT] = {UNCOMPRESSED};
  int r = MBEDTLS_ERR_ECP_RANDOM_FAILED, left = ATTEMPTS;
  do
    if ((r = random(ctx, key, sizeof key))) break;
  while ((r = p256_public_from_private(point + 1, key)) && --left);
  if (r) r = MBEDTLS_ERR_ECP_RANDOM_FAILED;
  if (!r) r = mbedtls_mpi_read_binary(d, key, sizeof key);
  if (!r) r = mbedtls_ecp_point_read_binary(grp, Q, point, sizeof point);
  mbedtls_platform_zeroize(key, sizeof key);
  return r;
}

int mbedtls_ecdh_compute_shared(mbedtls_ecp_group *grp, mbedtls_mpi *z, const mbedtls_ecp_point *Q,
                                const mbedtls_mpi *d,
                                int (*random)(void *, unsigned char *, size_t), void *ctx) {
  uint8_t key[NUMBER], secret[NUMBER], point[POINT];
  (void)random, (void)ctx;
  int r = write_point(grp, Q, point);
  if (!r) r = mbedtls_mpi_write_binary(d, key, sizeof key);
  if (!r && p256_ecdh_shared_secret(secret, key, point + 1)) r = MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
  if (!r) r = mbedtls_mpi_read_binary(z, secret, sizeof secret);
  mbedtls_platform_zeroize(key, sizeof key);
  mbedtls_platform_zeroize(secret, sizeof secret);
  return r;
}

int mbedtls_ecdsa_verify(mbedtls_ecp_group *grp, const unsigned char *hash, size_t length,
                         const mbedtls_ecp_point *Q, const mbedtls_mpi *r, const mbedtls_mpi *s) {
  uint8_t signature[2 * NUMBER], point[POINT];
  if (mbedtls_mpi_write_binary(r, signature, NUMBER) ||
      mbedtls_mpi_write_binary(s, signature + NUMBER, NUMBER) || write_point(grp, Q, point) ||
      p256_ecdsa_verify(signature, point + 1, hash, length))
    return MBEDTLS_ERR_ECP_VERIFY_FAILED;
  return 0;
}
