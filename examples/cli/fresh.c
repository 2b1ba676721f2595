/* A fixed margin would loop for ever where tokens live for five minutes. */
#include "fresh.h"

enum { MARGIN_S = 300, DEFAULT_LIFE_S = 3600 };

bool fresh_enough(const moat_record *r, int64_t now) {
  if (!r->access_token.n) return false;
  /* Some providers hand out tokens that never expire, and nothing to refresh them with. */
  if (!r->expires && !r->refresh_token.n) return true;
  /* A clock that was unknown or went back tells nothing about the token. */
  if (now == 0 || r->refreshed == 0 || now < r->refreshed) return false;
  /* A server that says nothing about it means an hour, more often than not. */
  int64_t life = r->expires ? r->expires - r->refreshed : DEFAULT_LIFE_S;
  int64_t margin = life / 5 < MARGIN_S ? life / 5 : MARGIN_S;
  return now + margin < r->refreshed + life;
}
