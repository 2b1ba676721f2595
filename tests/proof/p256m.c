/* port/mbedtls/p256m.c beside what it stands in for: the same results, and the same refusals. It is
 * compiled with other names (p256m.sh), so that both are in one program. */
#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int p256m_gen_public(mbedtls_ecp_group *, mbedtls_mpi *, mbedtls_ecp_point *,
                     int (*)(void *, unsigned char *, size_t), void *);
int p256m_compute_shared(mbedtls_ecp_group *, mbedtls_mpi *, const mbedtls_ecp_point *,
                         const mbedtls_mpi *, int (*)(void *, unsigned char *, size_t), void *);
int p256m_verify(mbedtls_ecp_group *, const unsigned char *, size_t, const mbedtls_ecp_point *,
                 const mbedtls_mpi *, const mbedtls_mpi *);

static mbedtls_ecp_group group;
static mbedtls_mpi d, e, z, z2, r, s;
static mbedtls_ecp_point P, Q;
static int checks, bad;

static void check(const char *what, int holds) {
  printf("%s %d - %s\n", holds ? "ok" : "not ok", ++checks, what);
  bad += !holds;
}

/* xorshift: the same numbers in each run. */
static int numbers(void *ctx, unsigned char *out, size_t n) {
  static unsigned long long x = 88172645463325252ULL;
  (void)ctx;
  while (n--) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    *out++ = (unsigned char)x;
  }
  return 0;
}

static int no_key(void *ctx, unsigned char *out, size_t n) {
  (void)ctx;
  memset(out, 0xff, n);
  return 0;
}

static int nothing(void *ctx, unsigned char *out, size_t n) {
  (void)ctx, (void)out, (void)n;
  return -1;
}

static void keys(void) {
  int same = 1;
  for (int i = 0; i < 20; i++) {
    same &= !p256m_gen_public(&group, &d, &P, numbers, NULL);
    same &=
        !mbedtls_ecp_mul(&group, &Q, &d, &group.G, numbers, NULL) && !mbedtls_ecp_point_cmp(&P, &Q);
    same &= !mbedtls_ecdh_gen_public(&group, &e, &Q, numbers, NULL);
    same &= !p256m_compute_shared(&group, &z, &Q, &d, numbers, NULL);
    same &= !mbedtls_ecdh_compute_shared(&group, &z2, &P, &e, numbers, NULL);
    same &= !mbedtls_mpi_cmp_mpi(&z, &z2);
  }
  check("keys and secrets are the same", same);
  check("numbers that are no key are drawn no more than some times",
        p256m_gen_public(&group, &d, &P, no_key, NULL) == MBEDTLS_ERR_ECP_RANDOM_FAILED);
  check("no random numbers, no key",
        p256m_gen_public(&group, &d, &P, nothing, NULL) == MBEDTLS_ERR_ECP_RANDOM_FAILED);
}

static void refused_secret(const char *what) {
  check(what, p256m_compute_shared(&group, &z, &Q, &d, numbers, NULL) < 0);
}

static void secrets(void) {
  mbedtls_ecdh_gen_public(&group, &d, &P, numbers, NULL);
  mbedtls_ecp_set_zero(&Q);
  refused_secret("the point at infinity is refused");
  mbedtls_ecp_copy(&Q, &P);
  mbedtls_mpi_add_int(&Q.MBEDTLS_PRIVATE(X), &Q.MBEDTLS_PRIVATE(X), 1);
  refused_secret("a point beside the curve is refused");
  mbedtls_ecp_copy(&Q, &P);
  mbedtls_mpi_add_mpi(&Q.MBEDTLS_PRIVATE(X), &Q.MBEDTLS_PRIVATE(X), &group.P);
  refused_secret("a coordinate that is too large is refused");
  mbedtls_ecp_copy(&Q, &P);
  mbedtls_mpi_lset(&d, 0);
  refused_secret("the private key 0 is refused");
  mbedtls_mpi_copy(&d, &group.N);
  refused_secret("a private key that is too large is refused");
}

static int verify(const unsigned char *hash, size_t n) {
  int theirs = mbedtls_ecdsa_verify(&group, hash, n, &P, &r, &s);
  int ours = p256m_verify(&group, hash, n, &P, &r, &s);
  return (theirs == 0) == (ours == 0) ? ours : 1;
}

static void refused_signature(const char *what, mbedtls_mpi *number, const mbedtls_mpi *value) {
  unsigned char hash[32] = {1};
  mbedtls_ecdsa_sign(&group, &r, &s, &d, hash, sizeof hash, numbers, NULL);
  mbedtls_mpi_copy(number, value);
  check(what, verify(hash, sizeof hash) == MBEDTLS_ERR_ECP_VERIFY_FAILED);
}

static void signatures(void) {
  unsigned char hash[64];
  int same = 1;
  mbedtls_ecdh_gen_public(&group, &d, &P, numbers, NULL);
  for (size_t n = 20; n <= sizeof hash; n += 4) {
    numbers(NULL, hash, n);
    same &= !mbedtls_ecdsa_sign(&group, &r, &s, &d, hash, n, numbers, NULL) && verify(hash, n) == 0;
    hash[0] ^= 1;
    same &= verify(hash, n) == MBEDTLS_ERR_ECP_VERIFY_FAILED;
  }
  check("good signatures are taken, and those of another text refused", same);
  mbedtls_mpi_lset(&z, 0);
  mbedtls_mpi_add_mpi(&z2, &group.N, &group.N);
  refused_signature("r of 0 is refused", &r, &z);
  refused_signature("s of 0 is refused", &s, &z);
  refused_signature("r that is the order is refused", &r, &group.N);
  refused_signature("s that is the order is refused", &s, &group.N);
  refused_signature("r of more than 256 bits is refused", &r, &z2);
  mbedtls_ecp_set_zero(&P);
  check("a signature by the point at infinity is refused",
        p256m_verify(&group, hash, 32, &P, &r, &s) == MBEDTLS_ERR_ECP_VERIFY_FAILED);
}

int main(void) {
  mbedtls_ecp_group_init(&group);
  mbedtls_ecp_point_init(&P), mbedtls_ecp_point_init(&Q);
  mbedtls_mpi *all[] = {&d, &e, &z, &z2, &r, &s};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    mbedtls_mpi_init(all[i]);
  if (mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1)) return 2;
  keys();
  secrets();
  signatures();
  printf("1..%d\n", checks);
  return bad != 0;
}
