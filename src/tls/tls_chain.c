/* Mbed TLS checks the extended key usage only of the server's own certificate, and checks no name
 * constraints. This file checks both for the whole chain, including the root, as OpenSSL does. */
#include "tls_chain.h"

#include <string.h>

#include <mbedtls/asn1.h>
#include <mbedtls/oid.h>
#include <mbedtls/version.h>

#include "../text/text.h"
#include "tls_name.h"

#if MBEDTLS_VERSION_MAJOR < 3 && !defined(MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE)
#error "Mbed TLS needs MBEDTLS_X509_CHECK_EXTENDED_KEY_USAGE"
#endif

/* ---- DER ---- */

enum { SEQUENCE = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE };

static moat_span span_of(const mbedtls_x509_buf *b) {
  return (moat_span){(const char *)b->p, b->len};
}

/* Removes the next element from the start of `from`, and sets its content. Returns its tag, or 0 if
 * there is none. */
static int take(moat_span *from, moat_span *content) {
  unsigned char *p = (unsigned char *)(uintptr_t)from->p;
  const unsigned char *end = p + from->n;
  int tag = from->n ? *p : 0;
  if (mbedtls_asn1_get_tag(&p, end, &content->n, tag)) return 0;
  content->p = (const char *)p;
  from->p = content->p + content->n;
  from->n = (size_t)((const char *)end - from->p);
  return tag;
}

/* ---- Whether a name is within a subtree (RFC 5280 4.2.1.10) ---- */

/* Tags of a GeneralName (RFC 5280 4.2.1.6). */
enum { DNS_NAME = 0x82, DIRECTORY_NAME = 0xa4, IP_ADDRESS = 0x87 };

/* A base with another tag, such as a constructed dNSName, would restrict no name at all. */
static bool is_form(int tag) {
  return memchr("\xa0\x81\x82\xa3\xa4\xa5\x86\x87\x88", tag, 9) != NULL;
}

/* A domain has only ASCII, and no '*' or other character before '-'. */
static bool is_domain(const moat_span *s) {
  size_t i = 0;
  while (i < s->n && (signed char)s->p[i] >= '-')
    i++;
  return i == s->n;
}

/* The name may have more labels in front. A base that begins with a dot requires at least one. */
static bool domain_within(const moat_span *name, const moat_span *base) {
  if (name->n < base->n) return false;
  moat_span tail = {name->p + name->n - base->n, base->n};
  bool whole = !base->n || *base->p == '.' || tail.p == name->p || tail.p[-1] == '.';
  return whole && moat__equal_nocase(tail, *base);
}

/* The base is an address followed by a mask. */
static bool address_within(const moat_span *name, const moat_span *base) {
  if (2 * name->n != base->n) return false;
  for (size_t i = 0; i < name->n; i++)
    if ((name->p[i] ^ base->p[i]) & base->p[name->n + i]) return false;
  return true;
}

/* The name must begin with all RDNs of the base, in the same encoding. */
static bool directory_within(moat_span name, moat_span *base) {
  moat_span n, b;
  return take(&name, &n) == SEQUENCE && take(base, &b) == SEQUENCE && n.n >= b.n &&
         memcmp(n.p, b.p, b.n) == 0;
}

/* A malformed base, or a base of an unknown form, permits nothing and excludes every name of that
 * form. A wildcard is excluded if any of its names is. */
static bool is_within(const moat_span *name, int tag, moat_span *base, bool excluded) {
  switch (tag) {
  case DNS_NAME:
    if (!is_domain(base)) return excluded;
    return domain_within(name, base) || (excluded && moat__dns_name_matches(*name, *base));
  case IP_ADDRESS:
    if (base->n != 8 && base->n != 32) return excluded;
    return address_within(name, base);
  case DIRECTORY_NAME: return directory_within(*name, base);
  default: return excluded;
  }
}

/* ---- Name constraints ---- */

/* Checks a name against a list of subtrees. A minimum or maximum is not allowed (RFC 5280
 * 4.2.1.10). */
static bool subtrees_allow(moat_span *list, bool excluded, const moat_span *name, int tag) {
  bool within = false, outside = false;
  do {
    moat_span subtree, base;
    if (take(list, &subtree) != SEQUENCE) return false;
    int form = take(&subtree, &base);
    if (subtree.n || !is_form(form)) return false;
    if (form != tag) continue;
    if (is_within(name, tag, &base, excluded))
      within = true;
    else
      outside = true;
  } while (list->n);
  return excluded ? !within : within || !outside;
}

static bool constraints_allow(moat_span constraints, const moat_span *name, int tag) {
  enum { PERMITTED = 0xa0, EXCLUDED = 0xa1 };
  moat_span list;
  do {
    int kind = take(&constraints, &list);
    if ((kind | 1) != EXCLUDED || !subtrees_allow(&list, kind == EXCLUDED, name, tag)) return false;
  } while (constraints.n);
  return true;
}

/* The subject is one of the names unless it is empty. */
static bool value_allows(moat_span *value, const mbedtls_x509_crt *crt) {
  moat_span constraints, name = span_of(&crt->subject_raw);
  if (take(value, &constraints) != SEQUENCE || value->n) return false;
  int tag = name.n > 2 ? DIRECTORY_NAME : 0;
  const mbedtls_x509_sequence *s = &crt->subject_alt_names;
  while (constraints_allow(constraints, &name, tag)) {
    if (!s) return true;
    name = span_of(&s->buf);
    tag = s->buf.tag;
    s = s->next;
  }
  return false;
}

static bool is_name_constraints(const moat_span *id) {
  static const char wanted[] = MBEDTLS_OID_NAME_CONSTRAINTS;
  return id->n == sizeof wanted - 1 && memcmp(id->p, wanted, id->n) == 0;
}

bool moat__names_allowed(const mbedtls_x509_crt *authority, const mbedtls_x509_crt *crt) {
  moat_span list, extension, id, value, all = span_of(&authority->v3_ext);
  if (!all.n) return true;
  if (take(&all, &list) != SEQUENCE) return false;
  while (list.n) {
    if (!take(&list, &extension) || !take(&extension, &id)) return false;
    int tag;
    do
      tag = take(&extension, &value);
    while (tag == MBEDTLS_ASN1_BOOLEAN); /* critical */
    if (!tag || (is_name_constraints(&id) && !value_allows(&value, crt))) return false;
  }
  return true;
}

/* ---- The chain ---- */

static bool is_meant_for_servers(const mbedtls_x509_crt *crt) {
  return !mbedtls_x509_crt_check_extended_key_usage(crt, MBEDTLS_OID_SERVER_AUTH,
                                                    MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH));
}

static bool is_self_issued(const mbedtls_x509_crt *crt) {
  return moat_span_equal(span_of(&crt->subject_raw), span_of(&crt->issuer_raw));
}

/* Name constraints are checked only while every signature is good. Many constraints and many names
 * take long, and without signatures anybody could forge them. A self-issued authority may have any
 * name (RFC 5280 6.1.3). */
uint32_t moat__chain_flags(moat_tls *t, const mbedtls_x509_crt *crt, int depth, uint32_t flags) {
  uint32_t more = is_meant_for_servers(crt) ? 0 : MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
  bool self = is_self_issued(crt);
  int above = t->chain_size++;
  t->chain[above] = crt;
  if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) t->untrusted = true;
  if (t->untrusted) return above || self ? more : more | MOAT_TLS_CHAIN_INCOMPLETE;
  if (self && depth) return more;
  while (above--)
    if (!moat__names_allowed(t->chain[above], crt)) more |= MBEDTLS_X509_BADCERT_OTHER;
  return more;
}
