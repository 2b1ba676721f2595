#include "record.h"

#include <string.h>

#define PAUSE_MAX (MOAT_RETRY_AFTER_MAX + 30)

enum { VERSION = 1, TEXT_COUNT = 5, CRC_SIZE = 4, MARK_SIZE = 16 };

/* Offsets in a record. Of the times, the upper half is zero until 2106. */
enum {
  AT_VERSION = 4,
  AT_HOW = 5,
  AT_SEQUENCE = 8,
  AT_SIGNED_IN = 12,
  AT_REFRESHED = 20,
  AT_EXPIRES = 28,
  AT_LENGTHS = 36,
  AT_TEXTS = AT_LENGTHS + 2 * TEXT_COUNT
};

/* Offsets in a mark */
enum { AT_MARKS = 0, AT_MARKED = 4, AT_UNTIL = 8, AT_CRC = 12 };

#define MAGIC 0x54414f4d /* "MOAT" */

void moat_store_init(moat_store *s, const moat_platform *platform, void *platform_ctx, char *buffer,
                     size_t size) {
  memset(s, 0, sizeof *s);
  s->platform = platform;
  s->platform_ctx = platform_ctx;
  s->buffer = buffer;
  s->size = size;
  s->slot = MOAT_SLOT_B;
}

uint32_t moat__store_now(const moat_store *s) {
  int64_t seconds = 0;
  if (!s->platform->unix_time || s->platform->unix_time(s->platform_ctx, &seconds) < 0) return 0;
  return (uint32_t)seconds;
}

/* ---- Reading ---- */

/* The record begins with its texts, in the order in which they are stored. */
static moat_span *texts(moat_record *r) {
  return &r->provider;
}

/* Every version begins and ends alike, so a torn write is never taken for a newer version. */
static int parse(const char *p, size_t n, moat_record *r) {
  if (n < AT_TEXTS + CRC_SIZE || moat__get32(p) != MAGIC) return MOAT_E_STORE;
  n -= CRC_SIZE;
  if (moat__crc32(p, n) != moat__get32(p + n)) return MOAT_E_STORE;
  if ((uint8_t)p[AT_VERSION] > VERSION) return MOAT_E_NEWER;
  r->how = (uint8_t)p[AT_HOW];
  r->sequence = moat__get32(p + AT_SEQUENCE);
  r->signed_in = moat__get32(p + AT_SIGNED_IN);
  r->refreshed = moat__get32(p + AT_REFRESHED);
  r->expires = moat__get32(p + AT_EXPIRES);
  size_t at = AT_TEXTS;
  for (unsigned i = 0; i < TEXT_COUNT; i++) {
    size_t size = moat__get16(p + AT_LENGTHS + 2 * i);
    texts(r)[i] = (moat_span){p + at, size};
    at += size;
    if (at > n) return MOAT_E_STORE;
  }
  return at == n ? 0 : MOAT_E_STORE;
}

static int load_slot(moat_store *s, int slot) {
  size_t n = 0;
  int r = s->platform->slot_read(s->platform_ctx, slot, s->buffer, s->size, &n);
  if (r == MOAT_E_SPACE) s->needed = n;
  return r < 0 ? r : parse(s->buffer, n, &s->record);
}

/* A pause that is longer than any can be tells of a clock that went back. */
static int load_mark(moat_store *s) {
  char mark[MARK_SIZE];
  size_t n = 0;
  int r = s->platform->slot_read(s->platform_ctx, MOAT_SLOT_MARK, mark, sizeof mark, &n);
  if (r < 0) return r == MOAT_E_EMPTY || r == MOAT_E_SPACE ? 0 : r;
  if (n != MARK_SIZE || moat__get32(mark + AT_CRC) != moat__crc32(mark, AT_CRC) ||
      moat__get32(mark + AT_MARKS) != s->record.sequence)
    return 0;
  s->marked = mark[AT_MARKED];
  uint32_t time = moat__store_now(s), left = moat__get32(mark + AT_UNTIL) - time;
  if (time && left <= PAUSE_MAX) s->pause = left;
  return 0;
}

/* Both are looked at, and the newer one is read again unless it is there still. */
int moat_store_load(moat_store *s) {
  int result = MOAT_E_EMPTY;
  uint32_t newest = 0;
  s->fresh = s->marked = s->saving = false;
  s->pause = 0;
  for (uint8_t slot = MOAT_SLOT_A; slot <= MOAT_SLOT_B; slot++) {
    int r = load_slot(s, slot);
    if (r == 0 && (result < 0 || (int32_t)(s->record.sequence - newest) > 0)) {
      newest = s->record.sequence;
      s->slot = slot;
      result = 0;
    } else if (r == MOAT_E_STORE) {
      if (result < 0) result = r;
    } else if (r < 0 && r != MOAT_E_EMPTY) {
      return r;
    }
  }
  if (result < 0)
    memset(&s->record, 0, sizeof s->record);
  else if (s->slot == MOAT_SLOT_A)
    result = load_slot(s, MOAT_SLOT_A);
  return result < 0 ? result : load_mark(s);
}

/* ---- Writing ---- */

void moat_store_renew(moat_store *s, uint8_t how, moat_span provider, moat_span client_id,
                      moat_span scope) {
  uint32_t sequence = s->record.sequence;
  memset(&s->record, 0, sizeof s->record);
  s->record.provider = provider;
  s->record.client_id = client_id;
  s->record.scope = scope;
  s->record.sequence = sequence;
  s->record.how = how;
  s->fresh = true;
}

static void apply(moat_store *s, const moat_token *t) {
  moat_record *r = &s->record;
  if (t->refresh_token.n) r->refresh_token = t->refresh_token;
  if (t->scope.n) r->scope = t->scope;
  r->access_token = t->access_token;
  if (!s->keep_access) r->access_token.n = 0;
  r->refreshed = moat__store_now(s);
  if (s->fresh) r->signed_in = r->refreshed;
  r->expires = t->expires_in >= 0 && r->refreshed ? r->refreshed + (uint32_t)t->expires_in : 0;
  r->sequence++;
}

/* Lays the record out in the buffer that parts of it may already lie in. Only the refresh token can
 * have to move, past a scope of another length; so it goes first. */
static int assemble(moat_store *s, size_t *size) {
  moat_record *r = &s->record;
  char *p = s->buffer;
  size_t at = AT_TEXTS + r->provider.n + r->client_id.n + r->scope.n;
  size_t n = at + r->refresh_token.n + r->access_token.n;
  *size = s->needed = n + CRC_SIZE;
  if (*size > s->size || n > 0xffff) return MOAT_E_SPACE;
  if (r->refresh_token.n) memmove(p + at, r->refresh_token.p, r->refresh_token.n);
  r->refresh_token.p = p + at;
  at = AT_TEXTS;
  memset(p, 0, AT_LENGTHS);
  for (unsigned i = 0; i < TEXT_COUNT; i++) {
    moat_span *t = &texts(r)[i];
    if (t->n) memmove(p + at, t->p, t->n);
    t->p = p + at;
    at += t->n;
    moat__put16(p + AT_LENGTHS + 2 * i, t->n);
  }
  moat__put32(p, MAGIC);
  p[AT_VERSION] = VERSION;
  p[AT_HOW] = (char)r->how;
  moat__put32(p + AT_SEQUENCE, r->sequence);
  moat__put32(p + AT_SIGNED_IN, r->signed_in);
  moat__put32(p + AT_REFRESHED, r->refreshed);
  moat__put32(p + AT_EXPIRES, r->expires);
  moat__put32(p + n, moat__crc32(p, n));
  return 0;
}

static int save(void *ctx, const moat_token *token) {
  moat_store *s = ctx;
  size_t size = 0;
  if (!s->saving) apply(s, token);
  s->saving = true;
  int r = assemble(s, &size);
  if (r < 0) return r;
  int slot = s->slot == MOAT_SLOT_A ? MOAT_SLOT_B : MOAT_SLOT_A;
  r = s->platform->slot_write(s->platform_ctx, slot, s->buffer, size);
  if (r < 0) return r;
  s->slot = (uint8_t)slot;
  s->fresh = s->marked = s->saving = false;
  return 0;
}

/* The mark names the record's sequence, so the save that follows makes it void by itself. */
static int write_mark(moat_store *s, bool marked, uint32_t until) {
  char mark[MARK_SIZE];
  moat__put32(mark + AT_MARKS, s->record.sequence);
  moat__put32(mark + AT_MARKED, marked);
  moat__put32(mark + AT_UNTIL, until);
  moat__put32(mark + AT_CRC, moat__crc32(mark, AT_CRC));
  return s->platform->slot_write(s->platform_ctx, MOAT_SLOT_MARK, mark, sizeof mark);
}

static int mark(void *ctx) {
  moat_store *s = ctx;
  /* A device code is polled with again and again; who stored it erases it. */
  if (s->fresh && s->record.how == MOAT_HOW_DEVICE) return 0;
  if (s->fresh) return s->platform->slot_erase(s->platform_ctx, MOAT_SLOT_PENDING);
  int r = s->marked ? 0 : write_mark(s, true, 0);
  if (!r) s->marked = true;
  return r;
}

const moat_keeper_ops moat_store_keeper = {.mark = mark, .save = save};

/* A port that asks to be called again wants the same bytes again, so the clock is asked once. */
int moat_store_settle(moat_store *s, bool definite, uint32_t pause) {
  if (!s->saving) {
    uint32_t time = moat__store_now(s);
    s->until = pause && time ? time + pause : 0;
    s->saving = true;
  }
  bool marked = s->marked && !definite;
  int r = marked || s->until ? write_mark(s, marked, s->until)
                             : s->platform->slot_erase(s->platform_ctx, MOAT_SLOT_MARK);
  if (r == MOAT_WANT_TIME) return r;
  s->saving = false;
  if (!r) s->marked = marked;
  return r;
}

int moat_store_erase(moat_store *s) {
  moat_wipe(s->buffer, s->size);
  memset(&s->record, 0, sizeof s->record);
  for (int slot = 0; slot < MOAT_SLOTS; slot++) {
    int r = s->platform->slot_erase(s->platform_ctx, slot);
    if (r < 0) return r;
  }
  return 0;
}
