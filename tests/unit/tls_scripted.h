/* The TLS stream over scripted bytes. */
#ifndef TLS_SCRIPTED_H
#define TLS_SCRIPTED_H

#include "cmocka_all.h"

#include <mbedtls/version.h>

#include "moat/tls.h"
#include "scripted.h"
#include "tls/tls_session.h"
#include "checks.h"

#if MBEDTLS_VERSION_MAJOR < 3
#define MBEDTLS_PRIVATE(member) member
#endif

#define TLS moat_tls_stream
#define NOW INT64_C(1900000000) /* 2030-03-17 17:46:40 */

/* A root on P-256. Nobody has its key. */
static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
                          "MIIBFTCBuwIUMftiPNP9zC4pgtG4UTQ+Iu6TzNcwCgYIKoZIzj0EAwIwDDEKMAgG\n"
                          "A1UEAwwBUjAgFw0yNjExMjkxNDExMTZaGA8yMTI2MTEwNTE0MTExNlowDDEKMAgG\n"
                          "A1UEAwwBUjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABESTWjBK1iz4Sw3B86YE\n"
                          "kG1DDd53DOx06Hdl/pSyVCakDTHEOjbvFFECnbZKgab243MalvRYjOlOXD6ybHfC\n"
                          "hBcwCgYIKoZIzj0EAwIDSQAwRgIhAKQdaJbKYq14p/3UYyKBoOLKD3BWo6qqYPr0\n"
                          "mGgQxnzGAiEA/kLGV6ZDK6beA58A7AMpo6+WProUhbtdFbqT2+lLb34=\n"
                          "-----END CERTIFICATE-----\n";

typedef struct {
  scripted s;
  memory m; /* the platform's context */
  moat_platform platform;
  moat_stream_ops lower;
  moat_tls_context context;
  moat_tls tls;
  char roots[sizeof pem];
  char answer[2048];
} fixture;

static int random_answer, random_calls, random_fails_at;

/* The same bytes in every run. */
static inline int test_random(void *ctx, void *p, size_t n) {
  (void)ctx;
  for (size_t i = 0; i < n; i++)
    ((unsigned char *)p)[i] = (unsigned char)(7 * i + 1);
  return ++random_calls == random_fails_at ? random_answer : 0;
}

static inline int setup(void **state) {
  fixture *f = calloc(1, sizeof *f);
  *state = f;
  random_fails_at = 0;
  f->m.unix_time = NOW;
  f->s.end = MOAT_WANT_READ;
  f->platform = memory_platform;
  f->platform.random = test_random;
  f->lower = scripted_stream;
  memcpy(f->roots, pem, sizeof pem);
  assert_int_equal(moat_tls_init(&f->context, &f->platform, &f->m), 0);
  assert_int_equal(moat_tls_add_roots_pem(&f->context.roots, f->roots, sizeof pem - 1), 1);
  return moat_tls_setup(&f->tls, &f->context, &f->lower, &f->s);
}

static inline int teardown(void **state) {
  fixture *f = *state;
  TLS.close(&f->tls);
  moat_tls_free(&f->context);
  free(f);
  return 0;
}

/* Connects until there is an error or it waits for the server. */
static inline int connect_to(fixture *f, const char *host) {
  int r;
  do {
    r = TLS.connect(&f->tls, host, 443);
  } while (r == MOAT_WANT_TIME);
  return r;
}

static inline int greet(fixture *f, const char *host) {
  TLS.close(&f->tls);
  f->s.sent_size = f->s.given = 0;
  return connect_to(f, host);
}

/* ---- The stored session ---- */

static inline int load(fixture *f, size_t size) {
  char *buffer = malloc(size);
  moat__tls_resume(&f->tls);
  int r = moat__tls_session_load(&f->tls, buffer, size);
  assert_int_equal(f->tls.kept.there, r == 0);
  for (size_t i = 0; i < size; i++)
    assert_int_equal(buffer[i], 0);
  free(buffer);
  moat_tls_close(&f->tls);
  f->tls.resumes = NULL;
  return r;
}

/* ---- Roots ---- */

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
