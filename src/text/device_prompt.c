/* A person opens the address and types the code, so both must be what they seem to be. */
#include "text.h"

#include <string.h>

static const char scheme[] = "https://";

enum {
  SCHEME = sizeof scheme - 1,
  INTERVAL_MAX = 300,
  LIFE_MAX = 30 * 86400 /* seconds; as milliseconds they still fit into the ticks */
};

/* Only visible ASCII is allowed. Letters of other alphabets, escape sequences or right-to-left
 * marks could make the address look like another. The authority may only hold the characters of a
 * name, an address or a port: browsers disagree about userinfo, escapes and backslashes there.
 * *host is set to the authority without the default port. */
static bool read_address(const moat_span *uri, moat_span *host) {
  if (uri->n <= SCHEME || !moat__is_nocase((moat_span){uri->p, SCHEME}, scheme)) return false;
  const char *start = uri->p + SCHEME, *p = start, *end = uri->p + uri->n;
  if (!moat__is_alphanumeric(*p) && *p != '[') return false;
  while (p < end && (moat__is_alphanumeric(*p) || memchr("-._:[]", *p, 6)))
    p++;
  *host = (moat_span){start, (size_t)(p - start)};
  if (memcmp(p - 4, ":443", 4) == 0) host->n -= 4;
  if (p < end && !memchr("/?#", *p, 3)) return false;
  for (; p < end; p++)
    if (*p <= ' ' || *p > '~') return false;
  return true;
}

/* Letters of any alphabet are allowed, but no control characters (in UTF-8, those of C1 begin with
 * 0xc2). At least one ASCII letter or digit is required, because a code of zero-width spaces would
 * look empty. */
static bool is_user_code(moat_span code) {
  bool shows = false;
  uint8_t before = 0;
  for (size_t i = 0; i < code.n; i++) {
    uint8_t c = (uint8_t)code.p[i];
    if (c < ' ' || c == 0x7f || (before == 0xc2 && c < 0xa0)) return false;
    if (moat__is_alphanumeric(code.p[i])) shows = true;
    before = c;
  }
  return shows;
}

int moat__device_prompt_check(moat_device_prompt *p) {
  moat_span host, other, *complete = &p->verification_uri_complete;
  if (!p->device_code.n || !p->verification_uri.n || !is_user_code(p->user_code))
    return MOAT_E_REPLY;
  if (!read_address(&p->verification_uri, &host)) return MOAT_E_URL;
  if (!read_address(complete, &other)) complete->n = 0;
  p->other_host = complete->n && !moat__equal_nocase(host, other);
  if (p->interval < 1 || p->expires_in < 1) return MOAT_E_REPLY;
  if (p->interval > INTERVAL_MAX) p->interval = INTERVAL_MAX;
  if (p->expires_in > LIFE_MAX) p->expires_in = LIFE_MAX;
  return 0;
}
