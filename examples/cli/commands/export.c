/* The grant as another program's configuration, in a file or on stdout. */
#include "commands.h"

#include "../export/export.h"
#include "../files.h"
#include "../terminal/term.h"
#include "adopt.h"

#include <string.h>
#include <unistd.h>

static int print_it(account *a) {
  bool masked = !a->options.show_secrets && isatty(STDOUT_FILENO);
  int status = export_print(a, a->options.format, masked);
  if (!status && masked)
    hint("Masked, because this is a terminal: --show-secrets shows all, -o FILE writes it.");
  return status;
}

static char path[PATH_SIZE]; /* of -o, absolute */

static int write_it(account *a) {
  const char *given = a->options.output;
  int error = path_absolute(given, path, sizeof path);
  bool is_new = !file_exists(given), changed = false;
  if (error) return say(CLI_FAILED, "cannot write %s: %s", given, strerror(error));
  int status = adopt_and_export(a, a->options.format, path, true, &changed);
  if (!status)
    status = print(is_new    ? "%s is written, for its owner alone."
                   : changed ? "%s is written; what is not Moat's in it is as it was."
                             : "%s is up to date.",
                   given);
  if (!status && file_is_open(path))
    say(CLI_OK, "warning: others may read %s; chmod 600 keeps it to its owner", given);
  return status;
}

int cmd_export(account *a) {
  bool to_file = a->options.output != NULL;
  int status = export_check(a, a->options.format);
  if (!status) status = account_open(a);
  if (!status) status = to_file ? write_it(a) : print_it(a);
  if (status) return status;
  export_advise(a, a->options.format);
  if (to_file)
    hint("`moat keep` writes newer refresh tokens to it: export = %s:%s in the profile.",
         a->options.format, path);
  return CLI_OK;
}
