/* The distance of two words is the number of letters to add, drop, change or swap with the next. */
#include "guess.h"

#include "../terminal/term.h"

#include <stdio.h>
#include <string.h>

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Optimal string alignment. It needs the last two rows of its table besides the one that it fills.
 * Words below NAME_SIZE only. */
static size_t distance(const char *a, size_t n, const char *b, size_t m) {
  size_t rows[3][NAME_SIZE];
  for (size_t j = 0; j <= m; j++)
    rows[0][j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t *row = rows[i % 3];
    const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = least(row[j], before[j - 2] + 1);
    }
  }
  return rows[n % 3][m];
}

/* A third of the letters may be wrong. Any option of one letter would be near to any other. Of
 * words that are equally near, the first one counts. */
void guess_offer(guess *g, const char *word) {
  size_t n = strlen(g->typed), m = strlen(word), longer = n > m ? n : m;
  if (longer < 3 || longer >= NAME_SIZE) return;
  size_t d = distance(g->typed, n, word, m);
  if (d > (longer + 1) / 3 || (g->best[0] && d >= g->distance)) return;
  g->distance = d;
  memcpy(g->best, word, m + 1);
}

void guess_hint(const guess *g) {
  if (g->best[0]) hint("Did you mean %s?", g->best);
}
