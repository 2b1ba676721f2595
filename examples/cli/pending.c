/* The pending sign-in is a small text in a slot of its own. It holds the verifier, so it is wiped
 * from memory as soon as it is read or written. */
#include "pending.h"

#include "lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[4 * VALUE_SIZE + 512];

static const char header[] = "# moat pending sign-in, version 1\n";

/* The values were checked to be one line of text each, so they can stand in lines. */
int pending_save(account *a, const pending *p) {
  int n = snprintf(text, sizeof text,
                   "%screated = %lld\nstate = %s\nverifier = %s\ntoken_url = %s\nclient_id = %s\n"
                   "redirect_uri = %s\nscope = %s\n",
                   header, (long long)p->created, p->keys.state, p->keys.code_verifier,
                   p->token_url, p->client_id, p->redirect_uri, p->scope);
  int r = MOAT_E_SPACE;
  if (n > 0 && (size_t)n < sizeof text)
    r = moat_posix_platform.slot_write(&a->posix, MOAT_SLOT_PENDING, text, (size_t)n);
  moat_wipe(text, sizeof text);
  return r;
}

/* False for a key that is unknown or a value that cannot be: the text is not ours then. */
static bool set(pending *p, const char *key, const char *value) {
  const struct {
    const char *key;
    char *to;
    size_t size;
  } fields[] = {{"state", p->keys.state, sizeof p->keys.state},
                {"verifier", p->keys.code_verifier, sizeof p->keys.code_verifier},
                {"token_url", p->token_url, sizeof p->token_url},
                {"client_id", p->client_id, sizeof p->client_id},
                {"redirect_uri", p->redirect_uri, sizeof p->redirect_uri},
                {"scope", p->scope, sizeof p->scope}};
  if (strcmp(key, "created") == 0) {
    p->created = strtoll(value, NULL, 10);
    return true;
  }
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    size_t n = strlen(value);
    if (strcmp(key, fields[i].key) != 0 || n >= fields[i].size) continue;
    memcpy(fields[i].to, value, n + 1);
    return true;
  }
  return false;
}

static int parse(pending *p) {
  lines l = {.next = text};
  int r;
  memset(p, 0, sizeof *p);
  if (strncmp(text, header, sizeof header - 1) != 0) return MOAT_E_STORE;
  while ((r = lines_next(&l)) > 0)
    if (!set(p, l.key, l.value)) return MOAT_E_STORE;
  bool whole = p->keys.state[0] && p->keys.code_verifier[0] && p->redirect_uri[0];
  return r == 0 && whole ? MOAT_OK : MOAT_E_STORE;
}

/* Too long for the buffer cannot be ours. */
int pending_load(account *a, pending *p) {
  size_t n = 0;
  int r = moat_posix_platform.slot_read(&a->posix, MOAT_SLOT_PENDING, text, sizeof text - 1, &n);
  if (r == MOAT_E_SPACE) return MOAT_E_STORE;
  if (r < 0) return r;
  text[n] = '\0';
  /* A device code may be in its place, and waits for no redirect. */
  r = strncmp(text, "MDEV", 4) == 0 ? MOAT_E_EMPTY : parse(p);
  moat_wipe(text, sizeof text);
  return r;
}

/* A clock that went back makes it as old as one that went on: it cannot be judged. */
bool pending_is_old(account *a, const pending *p) {
  int64_t now = account_now(a);
  if (now == 0 || p->created == 0) return false;
  return now > p->created + PENDING_SECONDS || now + PENDING_SECONDS < p->created;
}

int pending_erase(account *a) {
  return moat_posix_platform.slot_erase(&a->posix, MOAT_SLOT_PENDING);
}
