/* Name constraints and names as bytes, without any key. */
#include "cmocka_all.h"

#include <stdlib.h>

#include "moat/tls.h"
#include "tls/tls_chain.h"

enum { SEQUENCE = 0x30, SET = 0x31, OID = 6, BOOLEAN = 1, OCTET_STRING = 4, UTF8 = 12 };
enum { PERMITTED = 0xa0, EXCLUDED = 0xa1 };

typedef struct {
  uint8_t p[1024];
  size_t n;
} bytes;

static void put(bytes *b, const void *p, size_t n) {
  assert_true(b->n + n <= sizeof b->p);
  memcpy(b->p + b->n, p, n);
  b->n += n;
}

/* One element. In DER, lengths from 128 take more than one byte. */
static void put_element(bytes *b, int tag, const void *p, size_t n) {
  uint8_t head[] = {(uint8_t)tag, (uint8_t)n, 0, 0};
  if (n > 127) {
    head[1] = 0x82;
    head[2] = (uint8_t)(n >> 8);
    head[3] = (uint8_t)n;
  }
  put(b, head, n > 127 ? 4 : 2);
  put(b, p, n);
}

/* ---- The parts of certificates that are read ---- */

/* A GeneralName, or the base of a subtree (RFC 5280 4.2.1.6). */
typedef struct {
  int tag;
  const char *p;
  size_t n;
} name;

#define NAME(tag, s)                                                                               \
  { tag, s, sizeof(s) - 1 }
#define DNS(s) NAME(0x82, s)
#define IP(s) NAME(0x87, s)
#define EMAIL(s) NAME(0x81, s)
#define URI(s) NAME(0x86, s)
/* A Name of one or two RDNs with a letter each; DIR0 has none. */
#define RDN(type, letter) "\x31\x0c\x30\x0a\6\3\x55\4" type "\x0c\3" letter "--"
#define DIR0 NAME(0xa4, "\x30\0")
#define DIR1(a) NAME(0xa4, "\x30\x0e" RDN("\6", a))
#define DIR2(a, b) NAME(0xa4, "\x30\x1c" RDN("\6", a) RDN("\x0a", b))

typedef struct {
  name permitted[4], excluded[4]; /* subtrees */
  name names[4];
  name subject; /* as a GeneralName; unset means the empty name */
} spec;

static void put_subtrees(bytes *b, int tag, const name *bases) {
  bytes list = {.n = 0};
  if (!bases->p) return;
  for (; bases->p; bases++) {
    bytes subtree = {.n = 0};
    put_element(&subtree, bases->tag, bases->p, bases->n);
    put_element(&list, SEQUENCE, subtree.p, subtree.n);
  }
  put_element(b, tag, list.p, list.n);
}

/* The value of the extension. */
static bytes constraints_of(const spec *s) {
  bytes lists = {.n = 0}, value = {.n = 0};
  put_subtrees(&lists, PERMITTED, s->permitted);
  put_subtrees(&lists, EXCLUDED, s->excluded);
  put_element(&value, SEQUENCE, lists.p, lists.n);
  return value;
}

static void put_extension(bytes *list, const char *id, bool critical, const bytes *value) {
  bytes extension = {.n = 0};
  put_element(&extension, OID, id, 3);
  if (critical) put_element(&extension, BOOLEAN, "\xff", 1);
  put_element(&extension, OCTET_STRING, value->p, value->n);
  put_element(list, SEQUENCE, extension.p, extension.n);
}

static const char constraints_id[] = "\x55\x1d\x1e", usage_id[] = "\x55\x1d\x0f";
static const bytes usage = {"\3\2\1\6", 4};

/* In memory of exact size, so that a sanitizer sees a read past the end. */
static mbedtls_x509_buf exact(const void *p, size_t n, int tag) {
  mbedtls_x509_buf b = {tag, n, malloc(n ? n : 1)};
  assert_non_null(b.p);
  if (n) memcpy(b.p, p, n);
  return b;
}

static mbedtls_x509_crt with_extensions(const bytes *list) {
  mbedtls_x509_crt crt;
  bytes all = {.n = 0};
  memset(&crt, 0, sizeof crt);
  put_element(&all, SEQUENCE, list->p, list->n);
  crt.v3_ext = exact(all.p, all.n, 0xa3);
  return crt;
}

static mbedtls_x509_crt authority_of(const bytes *value, bool critical) {
  bytes list = {.n = 0};
  put_extension(&list, usage_id, true, &usage);
  put_extension(&list, constraints_id, critical, value);
  put_extension(&list, usage_id, false, &usage);
  return with_extensions(&list);
}

static mbedtls_x509_crt named(const spec *s) {
  static mbedtls_x509_sequence rest[3];
  mbedtls_x509_crt crt;
  mbedtls_x509_sequence *at = &crt.subject_alt_names;
  memset(&crt, 0, sizeof crt);
  crt.subject_raw =
      s->subject.p ? exact(s->subject.p, s->subject.n, SEQUENCE) : exact("\x30\0", 2, SEQUENCE);
  for (int i = 0; i < 4 && s->names[i].p; i++) {
    if (i) at = at->next = &rest[i - 1];
    at->buf = exact(s->names[i].p, s->names[i].n, s->names[i].tag);
    at->next = NULL;
  }
  return crt;
}

static void free_names(mbedtls_x509_crt *crt) {
  free(crt->subject_raw.p);
  for (mbedtls_x509_sequence *s = &crt->subject_alt_names; s; s = s->next)
    free(s->buf.p);
}

static bool allowed_by(const bytes *value, bool critical, const spec *s) {
  mbedtls_x509_crt authority = authority_of(value, critical), crt = named(s);
  bool allowed = moat__names_allowed(&authority, &crt);
  free(authority.v3_ext.p);
  free_names(&crt);
  return allowed;
}

/* ---- Names and subtrees ---- */

static void expect(const spec *specs, size_t count, bool allowed) {
  for (size_t i = 0; i < count; i++) {
    bytes value = constraints_of(&specs[i]);
    for (int critical = 0; critical < 2; critical++)
      if (allowed_by(&value, critical, &specs[i]) != allowed)
        fail_msg("case %zu is to be %s", i, allowed ? "allowed" : "refused");
  }
}

#define EXPECT(specs, allowed) expect(specs, sizeof(specs) / sizeof *(specs), allowed)

static void test_domains(void **state) {
  (void)state;
  static const spec good[] = {
      {.permitted = {DNS("a.test")}, .names = {DNS("a.test")}},
      {.permitted = {DNS("a.test")}, .names = {DNS("x.y.A.TEST"), DNS("a.test")}},
      {.permitted = {DNS("")}, .names = {DNS("a.test")}},
      {.permitted = {DNS("b.test"), DNS("a.test")}, .names = {DNS("a.test")}},
      {.permitted = {DNS(".a.test")}, .names = {DNS("x.a.test")}},
      {.permitted = {DNS("a.test")}, .names = {DNS("*.a.test")}},
      {.permitted = {DNS("a.test")}},
      {.excluded = {DNS("b.test")}, .names = {DNS("a.test")}},
      {.excluded = {DNS("a.test")}, .names = {DNS("xa.test"), DNS("test"), DNS("a.test.b")}},
      {.excluded = {DNS(".a.test")}, .names = {DNS("a.test")}},
      {.excluded = {DNS("x.y.a.test")}, .names = {DNS("*.a.test")}},
      {.permitted = {DNS("a.test")}, .excluded = {DNS("x.a.test")}, .names = {DNS("y.a.test")}},
  };
  static const spec bad[] = {
      {.permitted = {DNS("a.test")}, .names = {DNS("b.test")}},
      {.permitted = {DNS("a.test")}, .names = {DNS("a.test"), DNS("b.test")}},
      {.permitted = {DNS("a.test")}, .names = {DNS("xa.test")}},
      {.permitted = {DNS("a.test")}, .names = {DNS("test")}},
      {.permitted = {DNS("a.test")}, .names = {DNS("a.test\0.b")}},
      {.permitted = {DNS(".a.test")}, .names = {DNS("a.test")}},
      {.permitted = {DNS("x.a.test")}, .names = {DNS("*.a.test")}},
      {.excluded = {DNS("a.test")}, .names = {DNS("a.test")}},
      {.excluded = {DNS("b.test"), DNS("a.test")}, .names = {DNS("c.test"), DNS("X.a.test")}},
      {.excluded = {DNS("")}, .names = {DNS("a.test")}},
      {.excluded = {DNS(".a.test")}, .names = {DNS("x.a.test")}},
      {.excluded = {DNS("x.a.test")}, .names = {DNS("*.a.test")}},
      {.excluded = {DNS("a.test")}, .names = {DNS("*.a.test")}},
      {.permitted = {DNS("a.test")}, .excluded = {DNS("x.a.test")}, .names = {DNS("x.a.test")}},
  };
  EXPECT(good, true);
  EXPECT(bad, false);
}

static void test_addresses(void **state) {
  (void)state;
  static const spec good[] = {
      {.permitted = {IP("\x0a\0\0\0\xff\0\0\0")}, .names = {IP("\x0a\1\2\3")}},
      {.permitted = {IP("\x0a\0\0\0\xff\0\0\0"), IP("\1\2\3\4\xff\xff\xff\xff")},
       .names = {IP("\1\2\3\4"), IP("\x0a\0\0\1")}},
      {.permitted = {IP("\0\0\0\0\0\0\0\0")}, .names = {IP("\1\2\3\4")}},
      {.permitted = {IP("0123456789abcdef\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0\0")},
       .names = {IP("0123xxxxxxxxxxxx")}},
      {.excluded = {IP("\x0a\0\0\0\xff\0\0\0")}, .names = {IP("\x0b\0\0\0")}},
      {.excluded = {IP("\0\0\0\0\0\0\0\0")}, .names = {IP("0123456789abcdef")}},
      {.permitted = {IP("\x0a\0\0\0\xff\0\0\0")}, .names = {DNS("a.test")}},
      {.excluded = {IP("\0\0\0\0\0\0\0\0")}, .names = {DNS("a.test")}},
      {.excluded = {IP("\0\0\0\0\0\0\0")}, .names = {DNS("a.test")}},
  };
  static const spec bad[] = {
      {.permitted = {IP("\x0a\0\0\0\xff\0\0\0")}, .names = {IP("\x0b\0\0\0")}},
      {.permitted = {IP("\x0a\0\0\0\xff\0\0\0")}, .names = {IP("\x0a\1\2\3"), IP("\1\2\3\4")}},
      {.permitted = {IP("\0\0\0\0\0\0\0\0")}, .names = {IP("0123456789abcdef")}},
      {.permitted = {IP("\0\0\0\0\0\0\0\0")}, .names = {IP("\1\2\3")}},
      {.excluded = {IP("\0\0\0\0\0\0\0\0")}, .names = {IP("\1\2\3\4")}},
      {.excluded = {IP("\x0a\0\0\0\xff\0\0\0")}, .names = {IP("\x0b\0\0\0"), IP("\x0a\1\2\3")}},
      /* malformed */
      {.permitted = {IP("\1\2\3\4")}, .names = {IP("\1\2\3\4")}},
      {.permitted = {IP("")}, .names = {IP("")}},
      {.permitted = {IP("\1\2\xff\xff")}, .names = {IP("\1\2")}},
      {.excluded = {IP("\1\2\3\4")}, .names = {IP("\5\6\7\x8")}},
  };
  EXPECT(good, true);
  EXPECT(bad, false);
}

static void test_directory_names(void **state) {
  (void)state;
  static const spec good[] = {
      {.permitted = {DIR1("a")}, .subject = DIR1("a")},
      {.permitted = {DIR1("a")}, .subject = DIR2("a", "b"), .names = {DNS("a.test"), DIR1("a")}},
      {.permitted = {DIR0}, .subject = DIR1("a")},
      {.permitted = {DIR1("a")}, .names = {DNS("a.test")}}, /* an empty subject is not a name */
      {.permitted = {DIR1("b"), DIR1("a")}, .subject = DIR1("a")},
      {.excluded = {DIR1("b")}, .subject = DIR2("a", "b")},
      {.excluded = {DIR2("a", "b")}, .subject = DIR1("a")},
  };
  static const spec bad[] = {
      {.permitted = {DIR1("a")}, .subject = DIR1("b")},
      {.permitted = {DIR1("a")}, .subject = DIR2("b", "a")},
      {.permitted = {DIR2("a", "b")}, .subject = DIR1("a")},
      {.permitted = {DIR1("a")}, .subject = DIR1("a"), .names = {DIR1("b")}},
      {.excluded = {DIR1("a")}, .subject = DIR2("a", "b")},
      {.excluded = {DIR0}, .subject = DIR1("a")},
      {.excluded = {DIR1("a")}, .names = {DIR1("b"), DIR1("a")}},
  };
  EXPECT(good, true);
  EXPECT(bad, false);
}

/* Constraints of other forms do not affect names of known forms. They allow no name of their own
 * form, since Moat does not know its rules. */
static void test_other_forms(void **state) {
  (void)state;
  static const spec good[] = {
      {.permitted = {EMAIL("a.test"), URI("a.test")}, .names = {DNS("b.test"), IP("\1\2\3\4")}},
      {.excluded = {EMAIL(""), URI("")}, .names = {DNS("b.test")}, .subject = DIR1("a")},
      {.permitted = {DNS("a.test")}, .names = {DNS("a.test"), EMAIL("x@b.test")}},
  };
  static const spec bad[] = {
      {.permitted = {EMAIL("a.test")}, .names = {DNS("a.test"), EMAIL("x@a.test")}},
      {.excluded = {EMAIL("b.test")}, .names = {DNS("a.test"), EMAIL("x@a.test")}},
      {.excluded = {URI("b.test")}, .names = {URI("https://a.test/")}},
      {.permitted = {NAME(0x88, "\1\2")}, .names = {NAME(0x88, "\1\2")}},
  };
  EXPECT(good, true);
  EXPECT(bad, false);
}

/* A base with an unknown tag matches no name, so ignoring it would let all names through. */
static void test_unknown_forms(void **state) {
  (void)state;
  static const uint8_t forms[] = {0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88};
  for (int tag = 0; tag < 256; tag++) {
    spec s = {.permitted = {{tag, "b.test", 6}}, .names = {IP("\1\2\3\4")}, .subject = DIR1("a")};
    bool known = memchr(forms, tag, sizeof forms) && tag != 0x87 && tag != 0xa4;
    expect(&s, 1, known);
    s = (spec){.excluded = {{tag, "b.test", 6}}, .names = {DNS("a.test")}};
    expect(&s, 1, memchr(forms, tag, sizeof forms));
  }
  static const spec constructed[] = {
      {.permitted = {NAME(0xa2, "b.test")}, .names = {DNS("a.test")}},
      {.permitted = {NAME(0xa2, "a.test"), DNS("a.test")}, .names = {DNS("a.test")}},
      {.excluded = {NAME(0xa2, "a.test")}, .names = {DNS("a.test")}},
  };
  EXPECT(constructed, false);
}

/* ---- Malformed constraints ---- */

/* An exclusion that could never match anything excludes everything. */
static void test_malformed_domains(void **state) {
  (void)state;
  static const char *const bases[] = {"*.b.test",     "*", " b.test", "b test", "b.t\xc3\xa9st",
                                      "b.test,c.test"};
  for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
    spec s = {.excluded = {{0x82, bases[i], strlen(bases[i])}}, .names = {DNS("a.test")}};
    expect(&s, 1, false);
  }
  static const spec nul = {.excluded = {DNS("b.test\0")}, .names = {DNS("a.test")}};
  expect(&nul, 1, false);
}

static const spec whole = {.permitted = {DNS("a.test"), IP("\x0a\0\0\0\xff\0\0\0"), DIR1("a")},
                           .excluded = {DNS("x.a.test"), DIR2("a", "b"), EMAIL("a.test")},
                           .names = {DNS("y.a.test"), IP("\x0a\0\0\1"), DNS("a.test")},
                           .subject = DIR1("a")};

static void test_cut_anywhere(void **state) {
  (void)state;
  bytes value = constraints_of(&whole);
  assert_true(allowed_by(&value, false, &whole));
  while (value.n--)
    if (allowed_by(&value, false, &whole)) fail_msg("allowed, cut after %zu", value.n);
}

/* Only changes in the bases themselves can go unnoticed. The test checks that nothing is read past
 * the end. */
static void test_any_byte_changed(void **state) {
  (void)state;
  bytes value = constraints_of(&whole);
  for (size_t i = 0; i < value.n; i++) {
    for (int change = 1; change < 256; change++) {
      value.p[i] = (uint8_t)(value.p[i] ^ change);
      bool allowed = allowed_by(&value, true, &whole);
      value.p[i] = (uint8_t)(value.p[i] ^ change);
      if (i < 4) assert_false(allowed); /* tag and length */
    }
  }
}

static void test_malformed_structure(void **state) {
  (void)state;
  static const name values[] = {
      NAME(0, ""),                                     /* nothing */
      NAME(0, "\5\0"),                                 /* NULL */
      NAME(0, "\x30\0\5\0"),                           /* more than a sequence */
      NAME(0, "\x30\x80\0\0"),                         /* indefinite length */
      NAME(0, "\x30\0"),                               /* without a list */
      NAME(0, "\x30\2\xa0\0"),                         /* without a subtree */
      NAME(0, "\x30\2\xa1\0"),                         /* the same, excluded */
      NAME(0, "\x30\4\xa0\2\x30\0"),                   /* a subtree without a base */
      NAME(0, "\x30\6\xa0\4\x30\2\x82\1"),             /* a base longer than the subtree */
      NAME(0, "\x30\7\xa2\5\x30\3\x82\1a"),            /* a third list */
      NAME(0, "\x30\7\x80\5\x30\3\x82\1a"),            /* a primitive list */
      NAME(0, "\x30\7\xa0\5\x31\3\x82\1a"),            /* a set instead of a subtree */
      NAME(0, "\x30\x0a\xa0\x8\x30\6\x82\1t\x80\1\1"), /* minimum 1 */
      NAME(0, "\x30\x0a\xa0\x8\x30\6\x82\1t\x81\1\1"), /* maximum 1 */
      NAME(0, "\x30\x9\xa0\7\x30\5\xa4\3\x31\1a"),     /* not a Name */
      NAME(0, "\x30\x9\xa1\7\x30\5\x82\1b\x82\0"),     /* two bases */
      NAME(0, "\x30\x9\xa0\5\x30\3\x82\1t\x82\0"),     /* a name instead of a list */
  };
  static const spec s = {.names = {DNS("a.t")}, .subject = DIR1("a")};
  static const char good[] = "\x30\7\xa0\5\x30\3\x82\1t";
  bytes value = {.n = 0};
  put(&value, good, sizeof good - 1);
  assert_true(allowed_by(&value, false, &s));
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    value.n = 0;
    put(&value, values[i].p, values[i].n);
    if (allowed_by(&value, false, &s)) fail_msg("value %zu is allowed", i);
  }
}

/* ---- The extensions of a certificate ---- */

static bool extensions_allow(const bytes *list, const spec *s) {
  mbedtls_x509_crt authority = with_extensions(list), crt = named(s);
  bool allowed = moat__names_allowed(&authority, &crt);
  free(authority.v3_ext.p);
  free_names(&crt);
  return allowed;
}

static void test_extensions(void **state) {
  (void)state;
  static const spec a = {.permitted = {DNS("a.test")}, .names = {DNS("a.test")}};
  static const spec b = {.permitted = {DNS("b.test")}};
  bytes one = constraints_of(&a), two = constraints_of(&b), list = {.n = 0};
  mbedtls_x509_crt none, crt = named(&a);
  memset(&none, 0, sizeof none);
  assert_true(moat__names_allowed(&none, &crt));
  free_names(&crt);

  put_extension(&list, usage_id, true, &usage);
  assert_true(extensions_allow(&list, &a));
  put_extension(&list, constraints_id, false, &one);
  assert_true(extensions_allow(&list, &a));
  size_t n = list.n;
  put_extension(&list, constraints_id, false, &two); /* the second one counts as well */
  assert_false(extensions_allow(&list, &a));
  for (size_t i = n + 1; i < list.n; i++) { /* and nothing after a malformed extension is read */
    bytes cut = list;
    cut.n = i;
    assert_false(extensions_allow(&cut, &a));
  }
}

/* ---- A chain ---- */

static moat_tls tls;

/* The flags of the last certificate of a chain, given from the root down. */
static uint32_t flags_of(mbedtls_x509_crt *const *chain, int n, uint32_t flags) {
  uint32_t more = 0;
  memset(&tls, 0, sizeof tls);
  for (int i = 0; i < n; i++)
    more = moat__chain_flags(&tls, chain[i], n - 1 - i, i ? 0 : flags);
  assert_int_equal(tls.chain_size, n);
  return more;
}

static mbedtls_x509_buf issuer(const char *p) {
  return (mbedtls_x509_buf){SEQUENCE, strlen(p), (unsigned char *)(uintptr_t)p};
}

static void test_chain(void **state) {
  (void)state;
  static const spec a = {.permitted = {DNS("a.test")}};
  static const spec in_a = {.names = {DNS("a.test")}}, in_b = {.names = {DNS("b.test")}};
  bytes value = constraints_of(&a);
  mbedtls_x509_crt root = authority_of(&value, false), inter, good = named(&in_a);
  mbedtls_x509_crt bad = named(&in_b);
  memset(&inter, 0, sizeof inter);
  root.subject_raw = inter.issuer_raw = root.issuer_raw = issuer("root");
  inter.subject_raw = good.issuer_raw = bad.issuer_raw = issuer("inter");
  mbedtls_x509_crt *chain[] = {&root, &inter, &good};
  assert_int_equal(flags_of(chain, 3, 0), 0);
  chain[2] = &bad;
  assert_int_equal(flags_of(chain, 3, 0), MBEDTLS_X509_BADCERT_OTHER);

  /* An authority in between with a name that is not allowed is refused too, unless it is its own
   * issuer. A server that is its own issuer is not exempt. */
  inter.subject_alt_names = bad.subject_alt_names;
  assert_int_equal(flags_of(chain, 2, 0), MBEDTLS_X509_BADCERT_OTHER);
  assert_int_equal(flags_of(chain, 3, 0), MBEDTLS_X509_BADCERT_OTHER);
  memset(&tls, 0, sizeof tls);
  assert_int_equal(moat__chain_flags(&tls, &root, 2, 0), 0);
  assert_int_equal(moat__chain_flags(&tls, &inter, 1, 0), MBEDTLS_X509_BADCERT_OTHER);
  inter.issuer_raw = inter.subject_raw;
  memset(&tls, 0, sizeof tls);
  assert_int_equal(moat__chain_flags(&tls, &root, 2, 0), 0);
  assert_int_equal(moat__chain_flags(&tls, &inter, 1, 0), 0);
  free(bad.subject_raw.p);
  bad.subject_raw = bad.issuer_raw;
  assert_int_equal(flags_of(chain, 3, 0), MBEDTLS_X509_BADCERT_OTHER);

  /* If a signature is bad, no names are compared. */
  assert_int_equal(flags_of(chain, 3, MBEDTLS_X509_BADCERT_NOT_TRUSTED), 0);
  bad.subject_raw = exact("", 0, SEQUENCE);
  free_names(&bad);
  free_names(&good);
  free(root.v3_ext.p);
}

static void test_where_a_chain_ends(void **state) {
  (void)state;
  enum { NOT_TRUSTED = MBEDTLS_X509_BADCERT_NOT_TRUSTED };
  mbedtls_x509_crt root, inter, leaf;
  memset(&root, 0, sizeof root);
  memset(&inter, 0, sizeof inter);
  memset(&leaf, 0, sizeof leaf);
  root.subject_raw = inter.issuer_raw = root.issuer_raw = issuer("root");
  inter.subject_raw = leaf.issuer_raw = issuer("inter");
  leaf.subject_raw = issuer("leaf");
  mbedtls_x509_crt *at_root[] = {&root}, *at_inter[] = {&inter, &leaf}, *at_leaf[] = {&leaf};
  assert_int_equal(flags_of(at_root, 1, NOT_TRUSTED), 0);
  assert_int_equal(flags_of(at_leaf, 1, NOT_TRUSTED), MOAT_TLS_CHAIN_INCOMPLETE);
  assert_int_equal(flags_of(at_inter, 1, NOT_TRUSTED), MOAT_TLS_CHAIN_INCOMPLETE);
  assert_int_equal(flags_of(at_inter, 2, NOT_TRUSTED), 0); /* reported once */
  memset(&tls, 0, sizeof tls);
  assert_int_equal(moat__chain_flags(&tls, &root, 1, 0), 0);
  assert_int_equal(moat__chain_flags(&tls, &inter, 0, NOT_TRUSTED), 0); /* a bad signature */
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_domains),
      cmocka_unit_test(test_addresses),
      cmocka_unit_test(test_directory_names),
      cmocka_unit_test(test_other_forms),
      cmocka_unit_test(test_unknown_forms),
      cmocka_unit_test(test_malformed_domains),
      cmocka_unit_test(test_cut_anywhere),
      cmocka_unit_test(test_any_byte_changed),
      cmocka_unit_test(test_malformed_structure),
      cmocka_unit_test(test_extensions),
      cmocka_unit_test(test_chain),
      cmocka_unit_test(test_where_a_chain_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
