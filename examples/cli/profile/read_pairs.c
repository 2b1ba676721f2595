/* One pair a line and no nesting: nothing to quote, nothing to escape. */
#include "read_pairs.h"

#include "../terminal/trim.h"

#include <string.h>

/* The line without its end, or NULL. The last one need not have an end. */
static char *take_line(pair_reader *l) {
  if (!*l->next) return NULL;
  char *line = l->next, *end = strchr(line, '\n');
  l->next = end ? end + 1 : line + strlen(line);
  if (end) *end = '\0';
  l->number++;
  return trim(line);
}

int read_pair(pair_reader *l) {
  for (char *line; (line = take_line(l)) != NULL;) {
    if (!*line || *line == '#') continue;
    char *equals = strchr(line, '=');
    if (!equals || equals == line) return -1;
    *equals = '\0';
    l->key = trim(line);
    l->value = trim(equals + 1);
    return 1;
  }
  return 0;
}
