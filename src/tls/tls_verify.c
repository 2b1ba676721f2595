/* Judges dates and names of certificates with the platform's clock and Moat's own rules, so that
 * the result does not depend on how Mbed TLS was built. */
#include "tls_verify.h"

#include <string.h>

#include <mbedtls/asn1.h>

#include "../text/text.h"
#include "tls_chain.h"
#include "tls_name.h"
#include "tls_session.h"

/* Seconds since 1970, computed without a division of large numbers. Years begin in March here, so
 * that the leap day is the last day of its year. */
static int64_t seconds(const mbedtls_x509_time *d) {
  int year = d->year, month = d->mon;
  if (month < 3) {
    year--;
    month += 12;
  }
  int days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 + d->day;
  int second = (d->hour * 60 + d->min) * 60 + d->sec;
  return (days - 719469) * INT64_C(86400) + second;
}

/* Only subjectAltName counts, never the common name. An address counts only as an iPAddress. */
static bool has_name(const mbedtls_x509_crt *crt, const char *name_or_address) {
  uint8_t address[16];
  moat_span host = moat_str(name_or_address);
  size_t n = moat__address(host, address);
  int wanted =
      MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n ? 7 /* iPAddress */ : 2 /* dNSName, RFC 5280 4.2.1.6 */);
  for (const mbedtls_x509_sequence *s = &crt->subject_alt_names; s; s = s->next) {
    moat_span name = {(const char *)s->buf.p, s->buf.len};
    if (s->buf.tag != wanted) continue;
    if (n ? name.n == n && memcmp(name.p, address, n) == 0 : moat__dns_name_matches(name, host))
      return true;
  }
  return false;
}

/* Called for every certificate of the chain. Mbed TLS judges dates by its own clock or not at all,
 * so its date flags are replaced. Its name check depends on the version, so this check is added. */
int moat__tls_verify(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags) {
  moat_tls *t = tls;
  uint32_t bad = *flags & ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
  int64_t end = seconds(&crt->valid_to);
  if (!t->chain_size || end < t->until) t->until = end;
  if (end < t->now) bad |= MBEDTLS_X509_BADCERT_EXPIRED;
  if (seconds(&crt->valid_from) > t->now) bad |= MBEDTLS_X509_BADCERT_FUTURE;
  bad |= moat__chain_flags(t, crt, depth, bad);
  *flags = bad;
  if (depth) return 0;
  if (!has_name(crt, t->host)) *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
  t->verified = true;
  t->untrusted = false;
  t->chain_size = 0;
  return t->resumes && t->resumes->anchor(t) ? MBEDTLS_ERR_X509_FATAL_ERROR : 0;
}
