/* One pair a line, without nesting. So a value needs neither quotes nor escapes. */
#include "read_pairs.h"

#include "../terminal/trim.h"

#include <string.h>

/* Returns the next line without its end, or NULL. The last line need not have an end. */
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
