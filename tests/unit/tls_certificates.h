/* Keys and certificates, made by the tests that need them. */
#ifndef TLS_CERTIFICATES_H
#define TLS_CERTIFICATES_H

#include "mbedtls_keys.h"

#include <mbedtls/oid.h>

#define HOST "login.example.com"

enum { P256, ROOT, P521, K1, RSA1024, RSA2048, KEYS };
static mbedtls_pk_context keys[KEYS];
static bool made[KEYS];

/* Made when a test first needs it: RSA takes a while. */
static inline mbedtls_pk_context *key(int which) {
  static const key_kind kinds[] = {ON_P256, ON_P256, ON_P521, ON_K1, OF_RSA1024, OF_RSA2048};
  if (!made[which]) make_key(&keys[which], kinds[which]);
  made[which] = true;
  return &keys[which];
}

static inline int free_keys(void **state) {
  (void)state;
  for (int i = 0; i < KEYS; i++)
    if (made[i]) mbedtls_pk_free(&keys[i]);
  memset(made, 0, sizeof made);
  return 0;
}

typedef struct {
  int tag; /* the tag of a GeneralName, RFC 5280 4.2.1.6 */
  const char *p;
  size_t n;
} name;

#define DNS(s)                                                                                     \
  { 0x82, s, sizeof(s) - 1 }
#define IP(s)                                                                                      \
  { 0x87, s, sizeof(s) - 1 }

/* Members that are not set are as in a good certificate. */
typedef struct spec {
  name names[4];
  const char *subject;
  const char *from, *to;
  mbedtls_md_type_t md;
  int key, issuer;       /* indices of keys[]; an issuer of 0 means ROOT */
  const struct spec *by; /* the authority that issued it, if not the root */
  name usage;            /* the extended key usage: one OID */
  name constraints;      /* the value of nameConstraints; the tag says whether it is critical */
  bool nameless, authority;
} spec;

static inline void set_serial(mbedtls_x509write_cert *w) {
#if MBEDTLS_VERSION_NUMBER < 0x03040000
  mbedtls_mpi serial;
  mbedtls_mpi_init(&serial);
  assert_int_equal(mbedtls_mpi_lset(&serial, 7), 0);
  assert_int_equal(mbedtls_x509write_crt_set_serial(w, &serial), 0);
  mbedtls_mpi_free(&serial);
#else
  unsigned char serial[] = {7};
  assert_int_equal(mbedtls_x509write_crt_set_serial_raw(w, serial, sizeof serial), 0);
#endif
}

static inline void set_names(mbedtls_x509write_cert *w, const name *names) {
  unsigned char san[256];
  size_t n = 2;
  for (; names->p; names++) {
    assert_true(n + 2 + names->n < 130);
    san[n++] = (unsigned char)names->tag;
    san[n++] = (unsigned char)names->n;
    memcpy(san + n, names->p, names->n);
    n += names->n;
  }
  san[0] = 0x30; /* SEQUENCE */
  san[1] = (unsigned char)(n - 2);
  assert_int_equal(mbedtls_x509write_crt_set_extension(
                       w, MBEDTLS_OID_SUBJECT_ALT_NAME,
                       MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, san, n),
                   0);
}

static inline void set_extension(mbedtls_x509write_cert *w, const char *id, bool critical,
                                 const void *p, size_t n) {
  assert_int_equal(mbedtls_x509write_crt_set_extension(w, id, strlen(id), critical, p, n), 0);
}

/* Extensions that a root or an authority in between may have. */
static inline void set_limits(mbedtls_x509write_cert *w, const spec *s) {
  const name *c = &s->constraints, *u = &s->usage;
  unsigned char list[16] = {0x30, (unsigned char)(u->n + 2), (unsigned char)u->tag,
                            (unsigned char)u->n};
  if (c->p) set_extension(w, MBEDTLS_OID_NAME_CONSTRAINTS, c->tag, c->p, c->n);
  if (!u->p) return;
  memcpy(list + 4, u->p, u->n);
  set_extension(w, MBEDTLS_OID_EXTENDED_KEY_USAGE, false, list, 4 + u->n);
}

/* Writes DER to the end of `out` and returns its size. A root is its own issuer. */
static inline size_t make_certificate(const spec *s, bool root, unsigned char *out, size_t size) {
  static const name good[] = {DNS(HOST), {0}};
  int issuer = s->by ? s->by->key : s->issuer ? s->issuer : ROOT;
  mbedtls_x509write_cert w;
  mbedtls_x509write_crt_init(&w);
  set_serial(&w);
  mbedtls_x509write_crt_set_version(&w, MBEDTLS_X509_CRT_VERSION_3);
  mbedtls_x509write_crt_set_md_alg(&w, s->md ? s->md : MBEDTLS_MD_SHA256);
  mbedtls_x509write_crt_set_subject_key(&w, key(root ? issuer : s->key));
  mbedtls_x509write_crt_set_issuer_key(&w, key(issuer));
  const char *subject = root ? "CN=Test Root" : s->subject ? s->subject : "CN=somebody";
  assert_int_equal(mbedtls_x509write_crt_set_subject_name(&w, subject), 0);
  assert_int_equal(
      mbedtls_x509write_crt_set_issuer_name(&w, s->by ? s->by->subject : "CN=Test Root"), 0);
  assert_int_equal(mbedtls_x509write_crt_set_validity(&w, s->from ? s->from : "20300101000000",
                                                      s->to ? s->to : "20301231235959"),
                   0);
  assert_int_equal(mbedtls_x509write_crt_set_basic_constraints(&w, root || s->authority, -1), 0);
  if (!root && !s->nameless) set_names(&w, s->names[0].p ? s->names : good);
  set_limits(&w, s);
  int n = write_certificate(&w, out, size);
  assert_true(n > 0);
  mbedtls_x509write_crt_free(&w);
  return (size_t)n;
}

static unsigned char root_der[2048];
static size_t root_size;
static const spec no_spec;

static inline const void *root_at(void) {
  return root_der + sizeof root_der - root_size;
}

#endif
