/* An Mbed TLS, or a program, whose time_t, and with it a struct, has another size than Moat's. The
 * linker puts the function below in the place of Mbed TLS's (--wrap). */
#include "cmocka_all.h"
#include "moat/tls.h"

static size_t session_size;
void __wrap_mbedtls_ssl_session_init(mbedtls_ssl_session *session);
void __wrap_mbedtls_ssl_session_init(mbedtls_ssl_session *session) {
  memset((void *)session, 0, session_size);
}

static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  memset(p, 4, n);
  return 0;
}

static int unix_time(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = 1800000000;
  return 0;
}

static int set_up_with(size_t size, size_t size_in_program) {
  static const moat_platform platform = {.random = random_bytes, .unix_time = unix_time};
  moat_tls_context c;
  session_size = size;
  int r = moat__tls_init(&c, &platform, NULL, size_in_program);
  moat_tls_free(&c);
  return r;
}

static void test_sizes(void **state) {
  (void)state;
  const size_t size = sizeof(mbedtls_ssl_session), in_program = sizeof(moat_tls);
  assert_int_equal(set_up_with(size, in_program), 0);
  const size_t more[] = {(size_t)-8, (size_t)-4, 4, 8};
  for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
    assert_int_equal(set_up_with(size + more[i], in_program), MOAT_E_MISUSE);
    assert_int_equal(set_up_with(size, in_program + more[i]), MOAT_E_MISUSE);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes)};
  return cmocka_run_group_tests_name("tls: structs", tests, NULL, NULL);
}
