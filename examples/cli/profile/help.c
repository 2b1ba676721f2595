/* The command line in words: --help, and a line of usage after a mistake. */
#include "help.h"

#include "../terminal/term.h"

#include <stdio.h>
#include <string.h>

/* The words that may follow a command. */
static const char *const words[] = {[TAKES_NAME] = " NAME",
                                    [TAKES_PAIRS] = " NAME KEY=VALUE...",
                                    [TAKES_FILE] = " NAME [FILE | -]",
                                    [TAKES_ACTION] = " NAME ACTION",
                                    [TAKES_NAMES] = " [NAME...]",
                                    [TAKES_COMMAND] = " [COMMAND]",
                                    [TAKES_NOTHING] = ""};

/* A mistake is answered with one line of usage and not with a page of help. */
void help_usage(const options *o) {
  const command *c = o->command;
  if (c)
    hint("usage: moat %s%s%s   (moat help %s says more)", c->name, words[c->takes], c->usage,
         c->name);
  else
    hint("usage: moat COMMAND [NAME] [OPTION...]   (moat help says more)");
}

/* A line of a table: what to type, and what it does. */
static int row(const char *before, const char *name, const char *argument, const char *purpose) {
  char typed[64];
  (void)snprintf(typed, sizeof typed, "%s%s%s", before, name, argument);
  return print_wrapped("  %-*s  %s", *before ? 31 : 24, typed, purpose);
}

static int help_options(int bit) {
  char argument[32];
  int status = print_wrapped("Options:");
  for (const option *o = option_table; o->name && !status; o++) {
    if (!(o->commands & bit)) continue;
    (void)snprintf(argument, sizeof argument, "%s%s", o->argument ? " " : "",
                   o->argument ? o->argument : "");
    status = row("", o->name, argument, option_help(o, bit));
  }
  return status;
}

static int help_program(const options *o) {
  int status = print_wrapped("usage: moat COMMAND [NAME] [OPTION...]");
  if (!status)
    status = print_wrapped("OAuth 2.0 for devices: signs in once, and keeps the grant alive.");
  for (const command *c = o->commands; c->name && !status; c++)
    status = row("moat ", c->name, words[c->takes], c->purpose);
  if (!status)
    status = print_wrapped("Exit status: 0 done, 1 failed, 2 misuse, 3 somebody must sign in, "
                           "4 try again later, 5 the profile or the registration is wrong.");
  return status;
}

/* The text of a command has a line for each paragraph. */
int help_show(const options *o) {
  const command *c = o->command;
  if (!c) return help_program(o);
  int status = print_wrapped("usage: moat %s%s%s", c->name, words[c->takes], c->usage);
  for (const char *line = c->help; *line && !status;) {
    size_t n = strcspn(line, "\n");
    status = print_wrapped("%.*s", (int)n, line);
    line += n + (line[n] != '\0');
  }
  return status ? status : help_options(c->bit);
}
