/* Each save goes to the slot of the older record. After a power loss in the middle of it, the newer
 * record is still there. */
#include "../text/text.h"
#include "record.h"
#include "store.h"

#include <string.h>

#define PAUSE_MAX (MOAT_RETRY_AFTER_MAX + 30)

/* A mark: the sequence, then the note. Version 1 began with only two numbers of the note. */
enum {
  AT_NOTE = 4,
  NOTES = sizeof(moat_note) / 4,
  MARK_SIZE = AT_NOTE + 4 * NOTES,
  MARK_LEAST = 12
};

_Static_assert(sizeof(moat_note) == 4 * NOTES, "numbers of 4 bytes, one behind the other");

void moat_store_init(moat_store *s, const moat_platform *platform, void *platform_ctx, char *buffer,
                     size_t size) {
  memset(s, 0, sizeof *s);
  s->platform = platform;
  s->platform_ctx = platform_ctx;
  s->buffer = buffer;
  s->size = size;
  s->slot = MOAT_SLOT_B;
}

/* ---- The border to the port ---- */

/* A number that port.h does not list for ports is kept in port_code, for diagnosis. */
static int judge(moat_store *s, int r, bool may_wait) {
  int result = moat__port_result(r, may_wait);
  s->port_code = result == r ? 0 : r;
  return result;
}

static int seal(moat_store *s, int slot, char *p, size_t n) {
  return judge(s, moat__record_seal(s->platform, s->platform_ctx, slot, p, n), false);
}

static int write_slot(moat_store *s, int slot, const char *p, size_t n) {
  return judge(s, s->platform->slot_write(s->platform_ctx, slot, p, n), true);
}

static int erase_slot(moat_store *s, int slot) {
  return judge(s, s->platform->slot_erase(s->platform_ctx, slot), true);
}

/* On a result of 0, s->needed is the number of bytes before the record's end. */
static int read_slot(moat_store *s, int slot, char *p, size_t size) {
  return judge(s, moat__record_open(s->platform, s->platform_ctx, slot, p, size, &s->needed),
               false);
}

/* ---- Reading ---- */

/* Reads a record to this place in the buffer. */
static int load_slot(moat_store *s, int slot, size_t at) {
  int r = read_slot(s, slot, s->buffer + at, s->size - at);
  return r ? r : moat__record_parse(&s->record, s->buffer + at, s->needed);
}

static uint32_t *notes(moat_note *n) {
  return &n->marked;
}

/* A later version or anybody else may have written the note, so every value is checked. */
static void check_note(moat_note *n) {
  n->marked &= 1;
  if (n->cause >= MOAT_CAUSES) n->cause = MOAT_CAUSE_NONE;
  if (n->dead_code != MOAT_E_OAUTH && n->dead_code != MOAT_E_LOST) n->dead_code = 0;
}

static int load_mark(moat_store *s) {
  char mark[MARK_SIZE + MOAT__MAC];
  int r = read_slot(s, MOAT_SLOT_MARK, mark, sizeof mark);
  if (r) return r == MOAT_E_EMPTY || r == MOAT_E_STORE || r == MOAT_E_SPACE ? 0 : r;
  if (s->needed < MARK_LEAST || moat__get32(mark) != s->record.sequence) return 0;
  for (unsigned i = 0; i < NOTES && AT_NOTE + 4 * i + 4 <= s->needed; i++)
    notes(&s->note)[i] = moat__get32(mark + AT_NOTE + 4 * i);
  check_note(&s->note);
  return 0;
}

/* If the pause left is longer than any pause can be, the clock went back. */
int32_t moat__store_pause(const moat_store *s) {
  uint32_t now = moat__store_now(s), until = s->note.until;
  if (!now || !until) return -1;
  if (now >= until) return 0;
  return until - now <= PAUSE_MAX ? (int32_t)(until - now) : -1;
}

uint32_t moat_store_pause(const moat_store *s) {
  int32_t left = moat__store_pause(s);
  return left > 0 ? (uint32_t)left : 0;
}

/* Forgets everything that a load finds. */
static void forget(moat_store *s) {
  memset(&s->writing, 0, sizeof *s - offsetof(moat_store, writing));
}

static void wipe_buffer(moat_store *s) {
  moat_wipe(s->buffer, s->used);
}

static bool is_gone(int r) {
  return r == MOAT_E_EMPTY || r == MOAT_E_STORE;
}

/* Reads A, and B behind it. If there is no room for both, A is read again unless B is the newer
 * one. Sequences wrap: the newer record is the one that the other reaches in fewer steps. A slot
 * that cannot be read may hold the newer record, so the other slot does not count then. */
static int load_newest(moat_store *s) {
  size_t used = s->used;
  s->used = s->size;
  int a = load_slot(s, MOAT_SLOT_A, 0);
  if (a && !is_gone(a)) return a;
  size_t size = s->needed, at = a ? 0 : size;
  uint32_t sequence = s->record.sequence;
  int b = load_slot(s, MOAT_SLOT_B, at);
  if (at && b == MOAT_E_SPACE) b = load_slot(s, MOAT_SLOT_B, at = 0);
  if (b && (a || !is_gone(b))) return b == MOAT_E_EMPTY ? a : b;
  bool is_a = b || (!a && (int32_t)(s->record.sequence - sequence) <= 0);
  s->slot = is_a ? MOAT_SLOT_A : MOAT_SLOT_B;
  if (is_a && !at) return load_slot(s, MOAT_SLOT_A, 0);
  if (at && !b) {
    size_t end = at + s->needed + moat__record_end(s->platform);
    s->used = end > used ? end : used;
  }
  if (is_a) s->needed = size;
  return moat__record_parse(&s->record, memmove(s->buffer, s->buffer + (is_a ? 0 : at), s->needed),
                            s->needed);
}

int moat_store_load(moat_store *s) {
  forget(s);
  int r = load_newest(s);
  if (!r) moat__record_check(&s->record);
  if (!r) r = load_mark(s);
  if (r) {
    wipe_buffer(s);
    memset(&s->record, 0, sizeof s->record);
  }
  if (is_gone(r)) (void)load_mark(s); /* of a client that has no token yet, or no more */
  return r;
}

void moat_store_wipe(moat_store *s) {
  forget(s);
  wipe_buffer(s);
}

/* ---- Writing ---- */

/* The save sets all other members. */
void moat_store_renew(moat_store *s, uint8_t how, moat_span provider, moat_span client_id,
                      moat_span scope) {
  moat_record *r = &s->record;
  r->how = how;
  moat__set(&r->provider, provider);
  moat__set(&r->client_id, client_id);
  moat__set(&r->scope, scope);
  r->refresh_token.n = 0;
  s->new_sign_in = true;
}

/* A date beyond the range becomes the last date in it. */
static uint32_t later(uint32_t time, uint32_t seconds) {
  return seconds < UINT32_MAX - time ? time + seconds : UINT32_MAX;
}

/* An erased record is unlikely to have had this sequence. A task may still hold its token. */
static uint32_t first_sequence(const moat_store *s) {
  const moat_platform *p = s->platform;
  uint32_t sequence = s->record.refreshed;
  if (!sequence && p->random && p->random(s->platform_ctx, &sequence, sizeof sequence)) return 0;
  return sequence;
}

/* The sequence is never 0, which would mean that there is no record. */
static void apply(moat_store *s, const moat_token *t) {
  moat_record *r = &s->record;
  if (t->refresh_token.n) moat__set(&r->refresh_token, t->refresh_token);
  if (t->scope.n) moat__set(&r->scope, t->scope);
  r->access_token.p = t->access_token.p;
  r->access_token.n = s->keep_access ? t->access_token.n : 0;
  r->refreshed = moat__store_now(s);
  if (s->new_sign_in) r->signed_in = r->refreshed;
  if (!r->sequence) r->sequence = first_sequence(s);
  /* 0 means unknown: some servers send it for a token that never ends. */
  r->life = t->expires_in > 0 ? moat__clamp_life(r, (uint32_t)t->expires_in) : 0;
  r->expires = r->life && r->refreshed ? later(r->refreshed, r->life) : 0;
  if (!++r->sequence) r->sequence = 1;
}

static int save(void *ctx, const moat_token *token) {
  moat_store *s = ctx;
  int r = 0;
  if (!s->writing) {
    apply(s, token);
    r = moat__record_assemble(s);
    if (r == 0) r = seal(s, MOAT_SLOT_A, s->buffer, s->needed - moat__record_end(s->platform));
  }
  if (r) return r;
  int slot = MOAT_SLOT_A + MOAT_SLOT_B - s->slot; /* the other slot */
  r = write_slot(s, slot, s->buffer, s->needed);
  s->writing = r == MOAT_WANT_TIME;
  if (r) return r;
  s->slot = (uint8_t)slot;
  s->new_sign_in = false;
  memset(&s->note, 0, sizeof s->note);
  return 0;
}

/* The mark names the record's sequence, so the next save makes the mark void. If there is nothing
 * to remember, the mark is erased. */
static int put_mark(moat_store *s) {
  char mark[MARK_SIZE + MOAT__MAC];
  uint32_t any = 0;
  moat__put32(mark, s->record.sequence);
  for (unsigned i = 0; i < NOTES; i++) {
    any |= notes(&s->note)[i];
    moat__put32(mark + AT_NOTE + 4 * i, notes(&s->note)[i]);
  }
  if (!any) return erase_slot(s, MOAT_SLOT_MARK);
  int r = seal(s, MOAT_SLOT_MARK, mark, MARK_SIZE);
  if (r) return r;
  return write_slot(s, MOAT_SLOT_MARK, mark, MARK_SIZE + moat__record_end(s->platform));
}

/* Writes the mark once before each request, unless an interrupted refresh has left one. The notes
 * about earlier refusals stay until there is a token. */
static int mark(void *ctx) {
  moat_store *s = ctx;
  if (!s->new_sign_in) {
    bool stands = s->note.marked && !s->writing;
    if (stands) return 0;
    s->note.marked = 1;
    int r = put_mark(s);
    s->writing = r == MOAT_WANT_TIME;
    if (r && !s->writing) s->note.marked = 0; /* the next request needs a mark as well */
    return r;
  }
  /* A device code is polled many times, so the code that stored it also erases it. */
  if (s->record.how == MOAT_HOW_DEVICE) return 0;
  return erase_slot(s, MOAT_SLOT_PENDING);
}

const moat_keeper_ops moat_store_keeper = {.mark = mark, .save = save};

int moat_store_settle(moat_store *s, const moat_note *note) {
  s->note = *note;
  int r = put_mark(s);
  if (r && r != MOAT_WANT_TIME) s->note.marked = 1; /* the old mark is still there */
  return r;
}

/* The older record goes first: alone after a power loss, it would be taken for the grant. */
int moat_store_erase(moat_store *s) {
  int r;
  if (!s->erased) {
    (void)load_newest(s);
    forget(s);
  }
  wipe_buffer(s);
  do {
    int slot = s->erased;
    if (slot <= MOAT_SLOT_B && s->slot == MOAT_SLOT_A) slot = MOAT_SLOT_A + MOAT_SLOT_B - slot;
    r = erase_slot(s, slot);
  } while (r == 0 && ++s->erased < MOAT_SLOTS);
  if (r != MOAT_WANT_TIME) s->erased = 0;
  return r;
}
