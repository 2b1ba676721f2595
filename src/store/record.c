/* The bytes of a stored grant. moat/store.h has their order. */
#include "record.h"

#include <string.h>

#include "../text/text.h"

#define LIFE_MAX_S (30 * 86400)

enum { VERSION = 3, NUMBERS = 7, TEXTS = 5 };

/* Offsets in a record */
enum {
  AT_VERSION = 4,
  AT_NUMBERS = 8,
  AT_LENGTHS = AT_NUMBERS + 4 * NUMBERS,
  AT_TEXTS = AT_LENGTHS + 4 * TEXTS
};

_Static_assert(offsetof(moat_record, provider) >= 4 * NUMBERS,
               "numbers of 4 bytes, one behind the other");

#define MAGIC 0x54414f4d /* "MOAT" */

/* The numbers and texts of a record, in the order in which they are stored. */
static uint32_t *numbers(moat_record *r) {
  return &r->how;
}

static moat_span *texts(moat_record *r) {
  return &r->provider;
}

/* Version 1 stored no life. The dates tell it; without dates the token counts as expired. */
static void upgrade(moat_record *r) {
  r->life = r->expires ? r->expires - r->refreshed : !r->refreshed;
}

/* With a refresh token, a life over 30 days is cut: the grant could expire unused. */
uint32_t moat__clamp_life(const moat_record *r, uint32_t life) {
  return r->refresh_token.n && life > LIFE_MAX_S ? LIFE_MAX_S : life;
}

/* A slot's access token must be as valid as one in an answer (RFC 6749 A.12: VSCHAR). */
void moat__record_check(moat_record *r) {
  r->life = moat__clamp_life(r, r->life);
  for (size_t i = 0; i < r->access_token.n; i++)
    if (r->access_token.p[i] < ' ' || r->access_token.p[i] > '~') r->access_token.n = 0;
}

/* An unknown `how` is no reason to refuse it: at
 * worst the server refuses the refresh. */
int moat__record_parse(moat_record *r, const char *p, size_t n) {
  if (n < AT_NUMBERS || moat__get32(p) != MAGIC) return MOAT_E_STORE;
  uint32_t version = moat__get32(p + AT_VERSION);
  if (version > VERSION) return MOAT_E_NEWER;
  unsigned count = NUMBERS - (VERSION - version); /* each version has one more */
  const char *lengths = p + AT_NUMBERS + 4 * count, *text = lengths + 4 * TEXTS;
  size_t fixed = (size_t)(text - p), left = n - fixed;
  if (!version || n < fixed) return MOAT_E_STORE;
  for (unsigned i = 0; i < NUMBERS; i++)
    numbers(r)[i] = i < count ? moat__get32(p + AT_NUMBERS + 4 * i) : 0;
  if (version == 1) upgrade(r);
  for (unsigned i = 0; i < TEXTS; i++) {
    size_t length = moat__get32(lengths + 4 * i);
    if (length > left) return MOAT_E_STORE;
    texts(r)[i] = (moat_span){text, length};
    text += length;
    left -= length;
  }
  return left ? MOAT_E_STORE : 0;
}

/* The buffer may already hold parts of the record. Only the scope, which is the last text, may have
 * to move past tokens of another length. So texts move from the last to the first. */
int moat__record_assemble(moat_store *s) {
  char *p = s->buffer;
  size_t n = AT_TEXTS, end = moat__record_end(s->platform);
  for (unsigned i = 0; i < TEXTS; i++)
    n += texts(&s->record)[i].n;
  if (n + end > s->size) { /* the access token can be had again, the refresh token cannot */
    n -= s->record.access_token.n;
    s->record.access_token.n = 0;
  }
  s->needed = n + end;
  if (s->needed > s->size) return MOAT_E_SPACE;
  s->used = s->size;
  for (unsigned i = TEXTS; i-- > 0;) {
    moat_span *t = &texts(&s->record)[i];
    n -= t->n;
    if (t->n) memmove(p + n, t->p, t->n);
    t->p = p + n;
  }
  /* The lengths are written after all texts have moved: in version 1, the first text lies where the
   * last length goes. */
  for (unsigned i = 0; i < TEXTS; i++)
    moat__put32(p + AT_LENGTHS + 4 * i, (uint32_t)texts(&s->record)[i].n);
  for (unsigned i = 0; i < NUMBERS; i++)
    moat__put32(p + AT_NUMBERS + 4 * i, numbers(&s->record)[i]);
  moat__put32(p, MAGIC);
  moat__put32(p + AT_VERSION, VERSION);
  return 0;
}
