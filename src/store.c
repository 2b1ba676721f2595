#include "record.h"

#include <string.h>

enum { VERSION = 1, TEXT_COUNT = 5, CRC_SIZE = 4, MARK_SIZE = 8 };

/* Offsets in a record */
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

static const char magic[4] = {'M', 'O', 'A', 'T'};

void moat_store_init(moat_store *s, const moat_platform *platform, void *platform_ctx, char *buffer,
                     size_t size) {
  memset(s, 0, sizeof *s);
  s->platform = platform;
  s->platform_ctx = platform_ctx;
  s->buffer = buffer;
  s->size = size;
  s->slot = MOAT_SLOT_B;
}

/* ---- Reading ---- */

static moat_span *text(moat_record *r, unsigned i) {
  moat_span *texts[TEXT_COUNT] = {&r->provider, &r->client_id, &r->scope, &r->refresh_token,
                                  &r->access_token};
  return texts[i];
}

/* Every version begins and ends alike, so a torn write is never taken for a newer version. */
static int parse(const char *p, size_t n, moat_record *r) {
  if (n < AT_TEXTS + CRC_SIZE || memcmp(p, magic, sizeof magic) != 0) return MOAT_E_STORE;
  if (moat__crc32(p, n - CRC_SIZE) != moat__get_le(p + n - CRC_SIZE, CRC_SIZE)) return MOAT_E_STORE;
  if ((uint8_t)p[AT_VERSION] > VERSION) return MOAT_E_NEWER;
  r->how = (uint8_t)p[AT_HOW];
  r->sequence = (uint32_t)moat__get_le(p + AT_SEQUENCE, 4);
  r->signed_in = (int64_t)moat__get_le(p + AT_SIGNED_IN, 8);
  r->refreshed = (int64_t)moat__get_le(p + AT_REFRESHED, 8);
  r->expires = (int64_t)moat__get_le(p + AT_EXPIRES, 8);
  size_t at = AT_TEXTS;
  for (unsigned i = 0; i < TEXT_COUNT; i++) {
    size_t size = (size_t)moat__get_le(p + AT_LENGTHS + 2 * i, 2);
    *text(r, i) = (moat_span){p + at, size};
    at += size;
    if (at > n - CRC_SIZE) return MOAT_E_STORE;
  }
  return at == n - CRC_SIZE ? 0 : MOAT_E_STORE;
}

static int load_slot(moat_store *s, int slot, moat_record *r) {
  size_t n = 0;
  int result = s->platform->slot_read(s->platform_ctx, slot, s->buffer, s->size, &n);
  if (result == MOAT_E_SPACE) s->needed = n;
  return result < 0 ? result : parse(s->buffer, n, r);
}

static bool is_newer(uint32_t a, uint32_t b) {
  return (int32_t)(a - b) > 0;
}

static int load_mark(moat_store *s) {
  char mark[MARK_SIZE];
  size_t n = 0;
  int r = s->platform->slot_read(s->platform_ctx, MOAT_SLOT_MARK, mark, sizeof mark, &n);
  s->marked = r == 0 && n == MARK_SIZE && moat__get_le(mark, 4) == s->record.sequence &&
              moat__get_le(mark + 4, 4) == moat__crc32(mark, 4);
  return r == MOAT_E_EMPTY || r == MOAT_E_SPACE ? 0 : r;
}

static bool is_fatal(int r) {
  return r < 0 && r != MOAT_E_EMPTY && r != MOAT_E_STORE;
}

int moat_store_load(moat_store *s) {
  moat_record other = {.how = 0};
  s->record = other;
  s->fresh = s->marked = s->saving = false;
  int a = load_slot(s, MOAT_SLOT_A, &other);
  if (is_fatal(a)) return a;
  int b = load_slot(s, MOAT_SLOT_B, &s->record);
  if (is_fatal(b)) return b;
  s->slot = MOAT_SLOT_B;
  if (a == 0 && (b < 0 || is_newer(other.sequence, s->record.sequence))) {
    b = load_slot(s, MOAT_SLOT_A, &s->record);
    s->slot = MOAT_SLOT_A;
  } else if (b < 0) {
    s->record = (moat_record){.how = 0};
    return a == MOAT_E_EMPTY ? b : a;
  }
  return b < 0 ? b : load_mark(s);
}

/* ---- Writing ---- */

void moat_store_renew(moat_store *s, uint8_t how, moat_span provider, moat_span client_id,
                      moat_span scope) {
  s->record = (moat_record){.provider = provider,
                            .client_id = client_id,
                            .scope = scope,
                            .sequence = s->record.sequence,
                            .how = how};
  s->fresh = true;
}

static int64_t now(const moat_store *s) {
  int64_t seconds = 0;
  if (!s->platform->unix_time || s->platform->unix_time(s->platform_ctx, &seconds) < 0) return 0;
  return seconds;
}

static void apply(moat_store *s, const moat_token *t) {
  moat_record *r = &s->record;
  if (t->refresh_token.n) r->refresh_token = t->refresh_token;
  if (t->scope.n) r->scope = t->scope;
  r->access_token = s->keep_access ? t->access_token : (moat_span){NULL, 0};
  r->refreshed = now(s);
  if (s->fresh) r->signed_in = r->refreshed;
  r->expires = t->expires_in >= 0 && r->refreshed ? r->refreshed + t->expires_in : 0;
  r->sequence++;
}

/* Lays the record out in the buffer that parts of it may already lie in. Only the refresh token can
 * have to move, past a scope of another length; so it goes first. */
static int assemble(moat_store *s, size_t *size) {
  static const uint8_t order[TEXT_COUNT] = {3, 2, 0, 1, 4};
  moat_record *r = &s->record;
  size_t at[TEXT_COUNT], n = AT_TEXTS;
  for (unsigned i = 0; i < TEXT_COUNT; i++) {
    at[i] = n;
    n += text(r, i)->n;
    if (text(r, i)->n > 0xffff) return MOAT_E_SPACE;
  }
  s->needed = n + CRC_SIZE;
  if (s->needed > s->size) return MOAT_E_SPACE;
  for (unsigned i = 0; i < TEXT_COUNT; i++) {
    moat_span *t = text(r, order[i]);
    if (t->n) memmove(s->buffer + at[order[i]], t->p, t->n);
    t->p = s->buffer + at[order[i]];
    moat__put_le(s->buffer + AT_LENGTHS + 2 * order[i], t->n, 2);
  }
  memset(s->buffer, 0, AT_LENGTHS);
  memcpy(s->buffer, magic, sizeof magic);
  s->buffer[AT_VERSION] = VERSION;
  s->buffer[AT_HOW] = (char)r->how;
  moat__put_le(s->buffer + AT_SEQUENCE, r->sequence, 4);
  moat__put_le(s->buffer + AT_SIGNED_IN, (uint64_t)r->signed_in, 8);
  moat__put_le(s->buffer + AT_REFRESHED, (uint64_t)r->refreshed, 8);
  moat__put_le(s->buffer + AT_EXPIRES, (uint64_t)r->expires, 8);
  moat__put_le(s->buffer + n, moat__crc32(s->buffer, n), CRC_SIZE);
  *size = n + CRC_SIZE;
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
static int mark(void *ctx) {
  moat_store *s = ctx;
  char bytes[MARK_SIZE];
  /* A device code is polled with again and again; who stored it erases it. */
  if (s->fresh && s->record.how == MOAT_HOW_DEVICE) return 0;
  if (s->fresh) return s->platform->slot_erase(s->platform_ctx, MOAT_SLOT_PENDING);
  moat__put_le(bytes, s->record.sequence, 4);
  moat__put_le(bytes + 4, moat__crc32(bytes, 4), 4);
  return s->platform->slot_write(s->platform_ctx, MOAT_SLOT_MARK, bytes, sizeof bytes);
}

const moat_keeper_ops moat_store_keeper = {.mark = mark, .save = save};

int moat_store_unmark(moat_store *s) {
  s->marked = false;
  return s->platform->slot_erase(s->platform_ctx, MOAT_SLOT_MARK);
}

int moat_store_erase(moat_store *s) {
  moat_wipe(s->buffer, s->size);
  s->record = (moat_record){.how = 0};
  for (int slot = 0; slot < MOAT_SLOTS; slot++) {
    int r = s->platform->slot_erase(s->platform_ctx, slot);
    if (r < 0) return r;
  }
  return 0;
}
