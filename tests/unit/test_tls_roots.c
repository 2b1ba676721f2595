/* The roots that a context takes, and what else it needs before a connection can begin. */
#include <stdlib.h>

#include <mbedtls/pem.h>

#include "tls_fixture.h"

#if MBEDTLS_VERSION_MAJOR >= 3 && defined(MBEDTLS_VERSION_C)
#define OWN_RELEASE
static unsigned release = MBEDTLS_VERSION_NUMBER;

/* Replaces the library's function. */
unsigned mbedtls_version_get_number(void) {
  return release;
}
#endif

static size_t root_to_pem(char *out, size_t size) {
  size_t n;
  assert_int_equal(mbedtls_pem_write_buffer("-----BEGIN CERTIFICATE-----\n",
                                            "-----END CERTIFICATE-----\n", root_at(), root_size,
                                            (unsigned char *)out, size, &n),
                   0);
  return strlen(out);
}

/* Adds `text` from memory of exact size, so that a sanitizer sees a read past its end. */
static int add_pem(char **memory, const char *text) {
  *memory = malloc(strlen(text) + 1);
  assert_non_null(*memory);
  char *exact = realloc(*memory, strlen(text));
  *memory = exact;
  memcpy(exact, text, strlen(text));
  return moat_tls_add_roots_pem(&context.roots, exact, strlen(text));
}

static void test_pem(void **state) {
  (void)state;
  char pem[2048], bundle[8192] = "# a comment -----BEGIN\n", *memory;
  size_t n = root_to_pem(pem, sizeof pem), at = strlen(bundle);
  memcpy(bundle + at, pem, n);
  at += n;
  strcpy(bundle + at, "-----BEGIN CERTIFICATE-----\nMIIB!!\n-----END CERTIFICATE-----\n"
                      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
                      "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n");
  at += strlen(bundle + at);
  for (size_t i = 0; i < n; i++) { /* the same again, with CR LF */
    if (pem[i] == '\n') bundle[at++] = '\r';
    bundle[at++] = pem[i];
  }
  strcpy(bundle + at, "-----BEGIN CERTIFICATE-----\nMIIB");
  assert_int_equal(add_pem(&memory, bundle), 2);
  assert_int_equal(context.roots.skipped, 3);
  assert_memory_equal(memory, root_at(), root_size); /* decoded in place */
  assert_memory_equal(memory + root_size, root_at(), root_size);

  use_certificate(&no_spec);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
  assert_int_equal(run_connect(HOST), 0);
  TLS.close(&tls);
  moat_tls_free(&context);
  free(memory);
}

static void test_pem_cut_anywhere(void **state) {
  (void)state;
  char pem[2048];
  size_t n = root_to_pem(pem, sizeof pem) - 1; /* the last newline does not matter */
  for (size_t cut = 1; cut < n; cut++) {
    char *memory;
    char kept = pem[cut];
    pem[cut] = '\0';
    assert_int_equal(add_pem(&memory, pem), MOAT_E_CERT);
    pem[cut] = kept;
    free(memory);
  }
}

static void test_no_root(void **state) {
  (void)state;
  assert_int_equal(moat_tls_add_root_der(&context.roots, "0\3abc", 5), MOAT_E_CERT);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), MOAT_E_MISUSE);
  assert_int_equal(TLS.connect(&tls, HOST, 443), MOAT_E_MISUSE);
  assert_int_equal(wire.up.n, 0);
}

static void test_wrong_root(void **state) {
  (void)state;
  static const spec other = {.issuer = P521};
  unsigned char der[2048];
  size_t n = make_certificate(&other, true, der, sizeof der);
  use_certificate(&no_spec);
  assert_int_equal(moat_tls_add_root_der(&context.roots, der + sizeof der - n, n), 0);
  assert_int_equal(moat_tls_setup(&tls, &context, &wire_ops, &wire), 0);
  assert_int_equal(run_connect(HOST), MOAT_E_CERT);
  assert_int_equal(TLS.detail(&tls), MBEDTLS_X509_BADCERT_NOT_TRUSTED | MOAT_TLS_CHAIN_INCOMPLETE);
  TLS.close(&tls);
  moat_tls_free(&context); /* while `der` exists */
}

static void test_platform_needs(void **state) {
  (void)state;
  static const moat_platform no_clock = {.random = board_random};
  static const moat_platform no_random = {.unix_time = board_time};
  moat_tls_context c;
  assert_int_equal(moat_tls_init(&c, &no_clock, NULL), MOAT_E_MISUSE);
  moat_tls_free(&c);
  assert_int_equal(moat_tls_init(&c, &no_random, NULL), MOAT_E_MISUSE);
  moat_tls_free(&c);
}

#ifdef OWN_RELEASE
static bool is_capped(unsigned number) {
  moat_tls_context c;
  release = number;
  assert_int_equal(moat_tls_init(&c, &platform, NULL), 0);
  bool capped = c.config.MBEDTLS_PRIVATE(max_tls_version) == MBEDTLS_SSL_VERSION_TLS1_2;
  moat_tls_free(&c);
  release = MBEDTLS_VERSION_NUMBER;
  return capped;
}

/* The version of the headers does not matter. */
static void test_the_release_that_runs_decides(void **state) {
  (void)state;
  assert_true(is_capped(0x03060600));
  assert_true(is_capped(0x04010000));
#ifdef MBEDTLS_SSL_PROTO_TLS1_3
  assert_false(is_capped(0x03060500));
  assert_false(is_capped(0x03060700));
#endif
}
#endif

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_pem),
      TEST(test_pem_cut_anywhere),
      TEST(test_no_root),
      TEST(test_wrong_root),
      TEST(test_platform_needs),
#ifdef OWN_RELEASE
      TEST(test_the_release_that_runs_decides),
#endif
  };
  return cmocka_run_group_tests_name("tls: roots", tests, NULL, free_keys);
}
