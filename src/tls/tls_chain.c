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

typedef struct {
  moat_span content;
  int tag;
} element;

static element element_of(const mbedtls_x509_buf *b) {
  return (element){{(const char *)b->p, b->len}, b->tag};
}

/* Moves the next element from the start of `from` to *e. */
static bool take(moat_span *from, element *e) {
  unsigned char *p = (unsigned char *)(uintptr_t)from->p;
  const unsigned char *end = p + from->n;
  e->tag = from->n ? *p : 0;
  if (mbedtls_asn1_get_tag(&p, end, &e->content.n, e->tag)) return false;
  e->content.p = (const char *)p;
  from->p = e->content.p + e->content.n;
  from->n = (size_t)((const char *)end - from->p);
  return true;
}

static bool take_sequence(moat_span *from, element *e) {
  return take(from, e) && e->tag == (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE);
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
  element n, b;
  return take_sequence(&name, &n) && take_sequence(base, &b) && n.content.n >= b.content.n &&
         memcmp(n.content.p, b.content.p, b.content.n) == 0;
}

/* A malformed base, or a base of an unknown form, permits nothing and excludes every name of that
 * form. A wildcard is excluded if any of its names is. */
static bool is_within(const element *name, moat_span *base, bool excluded) {
  const moat_span *s = &name->content;
  switch (name->tag) {
  case DNS_NAME:
    if (!is_domain(base)) return excluded;
    return domain_within(s, base) || (excluded && moat__dns_name_matches(*s, *base));
  case IP_ADDRESS:
    if (base->n != 8 && base->n != 32) return excluded;
    return address_within(s, base);
  case DIRECTORY_NAME: return directory_within(*s, base);
  default: return excluded;
  }
}

/* ---- Name constraints ---- */

/* Checks a name against a list of subtrees. A minimum or maximum is not allowed (RFC 5280
 * 4.2.1.10). */
static bool subtrees_allow(element *list, const element *name) {
  enum { OUTSIDE = 1, WITHIN = 2 };
  bool excluded = list->tag & 1;
  int found = 0;
  do {
    element subtree, base;
    if (!take_sequence(&list->content, &subtree) || !take(&subtree.content, &base) ||
        subtree.content.n || !is_form(base.tag))
      return false;
    if (base.tag == name->tag) found |= is_within(name, &base.content, excluded) ? WITHIN : OUTSIDE;
  } while (list->content.n);
  return excluded ? found < WITHIN : found != OUTSIDE;
}

static bool constraints_allow(moat_span constraints, const element *name) {
  enum { PERMITTED = 0xa0, EXCLUDED = 0xa1 };
  element list;
  do {
    if (!take(&constraints, &list) || (list.tag | 1) != EXCLUDED || !subtrees_allow(&list, name))
      return false;
  } while (constraints.n);
  return true;
}

/* The subject is one of the names unless it is empty. */
static bool value_allows(moat_span *value, const mbedtls_x509_crt *crt) {
  element constraints, name = element_of(&crt->subject_raw);
  if (!take_sequence(value, &constraints) || value->n) return false;
  name.tag = name.content.n > 2 ? DIRECTORY_NAME : 0;
  const mbedtls_x509_sequence *s = &crt->subject_alt_names;
  while (constraints_allow(constraints.content, &name)) {
    if (!s) return true;
    name = element_of(&s->buf);
    s = s->next;
  }
  return false;
}

static bool is_name_constraints(const moat_span *id) {
  static const char wanted[] = MBEDTLS_OID_NAME_CONSTRAINTS;
  return id->n == sizeof wanted - 1 && memcmp(id->p, wanted, id->n) == 0;
}

bool moat__names_allowed(const mbedtls_x509_crt *authority, const mbedtls_x509_crt *crt) {
  element list, extension, id, value, all = element_of(&authority->v3_ext);
  if (!all.content.n) return true;
  if (!take_sequence(&all.content, &list)) return false;
  while (list.content.n) {
    if (!take(&list.content, &extension) || !take(&extension.content, &id) ||
        !take(&extension.content, &value))
      return false;
    if (value.tag == MBEDTLS_ASN1_BOOLEAN && !take(&extension.content, &value)) return false;
    if (is_name_constraints(&id.content) && !value_allows(&value.content, crt)) return false;
  }
  return true;
}

/* ---- The chain ---- */

static bool is_meant_for_servers(const mbedtls_x509_crt *crt) {
  return !mbedtls_x509_crt_check_extended_key_usage(crt, MBEDTLS_OID_SERVER_AUTH,
                                                    MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH));
}

static bool is_self_issued(const mbedtls_x509_crt *crt) {
  return moat_span_equal(element_of(&crt->subject_raw).content,
                         element_of(&crt->issuer_raw).content);
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
