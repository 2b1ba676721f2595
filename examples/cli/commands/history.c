/* Shows the last exchanges with the server. The history is read even if the profile is wrong: then
 * it may tell since when. */
#include "../account/history.h"

#include "../files.h"
#include "../terminal/term.h"
#include "commands.h"

#include <string.h>

static int show(char *line) {
  char *f[HISTORY_FIELDS];
  if (!history_split(line, f)) return CLI_OK;
  return print("%-*s  %-8s  %*s%s%s%s%s", HISTORY_TIME_SIZE, f[0], f[1], *f[3] ? -7 : 0, f[2],
               *f[3] ? "  " : "", f[3], *f[4] ? "  " : "", f[4]);
}

int cmd_history(account *a) {
  static char text[HISTORY_SIZE];
  int status = paths_find(&a->paths, a->options.name);
  if (!status && !file_exists(a->paths.conf)) status = profile_read(&a->profile, a->paths.conf);
  if (status) return status;
  char *line = history_read(a, text);
  if (!line) hint("Nothing was asked of the server yet, as far as is known.");
  for (char *end; !status && line && (end = strchr(line, '\n')) != NULL; line = end + 1) {
    *end = '\0';
    status = show(line);
  }
  return status;
}
