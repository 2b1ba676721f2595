/* A server may grant less than was asked for (RFC 6749 3.3), and may spell the scope in its own
 * way. Only a real difference is worth telling. */
#include "scope.h"

#include <string.h>
#include <strings.h>

/* Takes the next word of `rest`. GitHub separates scopes by commas. */
static moat_span take_word(moat_span *rest) {
  if (!rest->n) return (moat_span){NULL, 0};
  while (rest->n && strchr(" ,", rest->p[0])) {
    rest->p++;
    rest->n--;
  }
  moat_span word = {rest->p, 0};
  while (word.n < rest->n && !strchr(" ,", rest->p[word.n]))
    word.n++;
  *rest = (moat_span){rest->p + word.n, rest->n - word.n};
  return word;
}

/* Scopes are case-sensitive, but not every server gives them back in the same case. */
static bool is_same(moat_span a, moat_span b) {
  return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* Entra writes Graph's scopes with or without their prefix. */
static moat_span bare(moat_span word) {
  static const char *const prefixes[] = {
      "https://graph.microsoft.com/", "https://graph.microsoft.us/",
      "https://dod-graph.microsoft.us/", "https://microsoftgraph.chinacloudapi.cn/"};
  for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
    size_t n = strlen(prefixes[i]);
    if (word.n > n && is_same((moat_span){word.p, n}, (moat_span){prefixes[i], n}))
      return (moat_span){word.p + n, word.n - n};
  }
  return word;
}

static bool has(moat_span scope, moat_span word) {
  for (moat_span have; (have = take_word(&scope)).n;)
    if (is_same(bare(have), bare(word))) return true;
  return false;
}

/* offline_access shows as a refresh token and not in the scope. */
size_t scope_missing(moat_span asked, moat_span granted, char *out, size_t size) {
  size_t n = 0;
  for (moat_span word; (word = take_word(&asked)).n;) {
    if (is_same(word, moat_str("offline_access")) || has(granted, word)) continue;
    if (n + word.n + 2 > size) break;
    if (n) out[n++] = ' ';
    memcpy(out + n, word.p, word.n);
    n += word.n;
  }
  out[n] = '\0';
  return n;
}
