/* The file has two parts: a line with the token URL that the claims came from, and the claims. */
#include "asked_claims.h"

#include "../files.h"

#include <stdio.h>
#include <string.h>

static char text[3 * VALUE_SIZE];

static bool find_path(const account *a, char path[PATH_SIZE]) {
  int n = snprintf(path, PATH_SIZE, "%s/claims", a->paths.state);
  return n > 0 && n < PATH_SIZE;
}

/* They are text of the server's, which may be anything. */
void asked_claims_save(account *a) {
  char path[PATH_SIZE];
  moat_span claims = moat_account_error(&a->moat)->claims;
  bool usable = claims.n > 0 && claims.n < VALUE_SIZE && claims.p[0] == '{';
  if (!usable || a->config.unattended || !find_path(a, path)) return;
  int n = snprintf(text, sizeof text, "%s\n%.*s", a->profile.value[KEY_TOKEN_URL], (int)claims.n,
                   claims.p);
  (void)account_write(a, path, text, (size_t)n, a->options.timeout_ms);
}

moat_span asked_claims_read(const account *a) {
  char path[PATH_SIZE];
  const char *url = a->profile.value[KEY_TOKEN_URL];
  size_t n, skipped = strlen(url) + 1;
  bool ours = find_path(a, path) && !file_read(path, FILE_PRIVATE, text, sizeof text, &n) &&
              n > skipped && memcmp(text, url, skipped - 1) == 0 && text[skipped - 1] == '\n' &&
              text[skipped] == '{';
  return ours ? (moat_span){text + skipped, n - skipped} : (moat_span){NULL, 0};
}

void asked_claims_erase(const account *a) {
  char path[PATH_SIZE];
  if (find_path(a, path)) (void)file_erase(path);
}
