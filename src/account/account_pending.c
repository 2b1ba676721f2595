/* The authorization's record, made and read in the account's memory. State, verifier and texts end
 * in a NUL in the record itself, so they are used where they lie. */
#include "account_pending.h"

#include "../store/store.h"
#include "../text/text.h"

#include <string.h>

/* KEY is the size of a state or verifier with its NUL. */
enum { VERSION = 1, KEY = sizeof((moat_authorization_keys *)0)->state };

/* Offsets */
enum {
  AT_VERSION = 4,
  AT_BEGAN = 8,
  AT_OWNER = 12,
  AT_STATE = AT_OWNER + MOAT__CLIENT,
  AT_VERIFIER = AT_STATE + KEY,
  AT_TEXTS = AT_VERIFIER + KEY
};

#define MAGIC 0x5455414d        /* "MAUT" */
#define MAGIC_DEVICE 0x5645444d /* "MDEV" */

moat_span moat__account_owner(const moat_account *a, char out[MOAT__OWNER]) {
  const moat_account_config *c = a->config;
  const moat_endpoint *device = c->device_endpoint;
  moat_span parts[] = {c->auth->client_id, c->provider, moat_str(device ? device->host : NULL),
                       c->scope};
  for (unsigned i = 0; i < 4; i++)
    moat__put32(out + 4 * i, moat__crc32(parts[i].p, parts[i].n));
  return (moat_span){out, MOAT__OWNER};
}

const char *moat__authorization_state(const moat_account *a) {
  return a->pending + AT_STATE;
}

const char *moat__authorization_verifier(const moat_account *a) {
  return a->pending + AT_VERIFIER;
}

const char *moat__authorization_redirect_uri(const moat_account *a) {
  return a->pending + AT_TEXTS;
}

const char *moat__authorization_scope(const moat_account *a) {
  return a->pending + AT_TEXTS + strlen(a->pending + AT_TEXTS) + 1;
}

void moat__authorization_forget(moat_account *a) {
  moat_wipe(a->pending, a->pending_size);
  a->authorization_size = 0;
}

int moat__authorization_make(moat_account *a) {
  const moat_account_config *c = a->config;
  char *p = a->pending;
  char owner[MOAT__OWNER];
  moat_authorization_keys keys;
  moat_writer w = {.p = p, .size = a->pending_size, .n = AT_TEXTS};
  moat__put_span(&w, c->redirect_uri);
  moat__put_char(&w, '\0');
  moat__put_span(&w, c->scope);
  moat__put_char(&w, '\0');
  a->authorization_size = 0;
  a->error.needed = w.n + moat__record_end(c->platform);
  if (a->error.needed > a->pending_size) return MOAT_E_SPACE;
  a->error.needed = 0;
  int r = moat_authorization_keys_make(&keys, c->platform, c->platform_ctx);
  if (r) return r;
  moat__put32(p, MAGIC);
  moat__put32(p + AT_VERSION, VERSION);
  moat__put32(p + AT_BEGAN, moat__store_now(&a->store));
  memcpy(p + AT_OWNER, moat__account_owner(a, owner).p, MOAT__CLIENT);
  memcpy(p + AT_STATE, keys.state, KEY);
  memcpy(p + AT_VERIFIER, keys.code_verifier, KEY);
  moat_wipe(&keys, sizeof keys);
  r = moat__account_border(
      a, moat__record_seal(c->platform, c->platform_ctx, MOAT_SLOT_PENDING, p, w.n), false);
  if (r == 0) a->authorization_size = w.n + moat__record_end(c->platform);
  return r;
}

int moat__authorization_save(moat_account *a) {
  const moat_account_config *c = a->config;
  int r = c->platform->slot_write(c->platform_ctx, MOAT_SLOT_PENDING, a->pending,
                                  a->authorization_size);
  return moat__account_border(a, r, true);
}

/* Each text has exactly one NUL, at its end, and the last text ends with the record. */
static bool is_text(const char *p, size_t n) {
  return memchr(p, 0, n) == p + n - 1;
}

static bool is_whole(const char *p, size_t n) {
  if (n < AT_TEXTS + 2 || moat__get32(p) != MAGIC || moat__get32(p + AT_VERSION) != VERSION)
    return false;
  const char *uri_end = memchr(p + AT_TEXTS, 0, n - AT_TEXTS);
  return is_text(p + AT_STATE, KEY) && is_text(p + AT_VERIFIER, KEY) && uri_end &&
         is_text(uri_end + 1, (size_t)(p + n - uri_end - 1));
}

/* A begin far in the future counts as old, too: the clock went back, so the age is unknown. */
static bool is_old(const moat_account *a, uint32_t began) {
  uint32_t now = moat__store_now(&a->store);
  return now && began && now - began > MOAT_PENDING_SECONDS && began - now > MOAT_PENDING_SECONDS;
}

int moat__authorization_read(moat_account *a, char *p, size_t size, size_t *n) {
  const moat_account_config *c = a->config;
  char owner[MOAT__OWNER];
  int r = moat__account_border(
      a, moat__record_open(c->platform, c->platform_ctx, MOAT_SLOT_PENDING, p, size, n), false);
  /* An authorization of this configuration fits. Anything larger counts as damaged. */
  if (r) return r == MOAT_E_SPACE ? MOAT_E_STORE : r;
  /* The slot may hold a device code instead, which waits for no redirect. */
  if (*n >= 4 && moat__get32(p) == MAGIC_DEVICE) return MOAT_E_EMPTY;
  if (!is_whole(p, *n)) return MOAT_E_STORE;
  if (is_old(a, moat__get32(p + AT_BEGAN))) return MOAT_E_EXPIRED;
  return memcmp(moat__account_owner(a, owner).p, p + AT_OWNER, MOAT__CLIENT) == 0 ? 0
                                                                                  : MOAT_E_FOREIGN;
}
