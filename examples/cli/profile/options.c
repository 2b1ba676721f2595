/* Reads the command line, and checks what does not depend on a profile. */
#include "options.h"

#include "../terminal/term.h"
#include "check_value.h"
#include "guess.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_DEFAULT_S = 30, WAIT_DEFAULT_S = 300, SECONDS_MAX = 3600 };

int options_misuse(const options *o, const char *format, ...) {
  static char line[1024];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  say(CLI_MISUSE, "%s", line);
  help_usage(o);
  return CLI_MISUSE;
}

/* The value of an option is what follows its '=', or else the next argument. A value may begin with
 * a dash: `-` is stdin for --secret-file. */
static int take_option(options *o, const option *found, char **argv, int *i) {
  char *at = (char *)o + found->offset;
  const char *value = strchr(argv[*i], '=');
  if (!found->argument) {
    if (value) return options_misuse(o, "%s takes no value", found->name);
    *(bool *)(void *)at = true;
    return CLI_OK;
  }
  value = value ? value + 1 : argv[*i + 1] ? argv[++*i] : NULL;
  if (!value) return options_misuse(o, "%s needs a value", found->name);
  *(const char **)(void *)at = value;
  return CLI_OK;
}

static bool takes_name(const options *o) {
  return o->command->takes <= TAKES_ACTION;
}

static int no_command(const options *o, const char *word) {
  guess g = {.typed = word};
  for (const command *c = o->commands; c->name; c++)
    guess_offer(&g, c->name);
  say(CLI_MISUSE, "there is no command '%s'", word);
  guess_hint(&g);
  help_usage(o);
  return CLI_MISUSE;
}

/* `moat help COMMAND` is another way to say `moat COMMAND --help`. */
static int take_command(options *o, const char *word) {
  const command *c = o->commands;
  while (c->name && strcmp(c->name, word) != 0)
    c++;
  if (!c->name) return no_command(o, word);
  if (c->takes == TAKES_COMMAND)
    o->help = true;
  else
    o->command = c;
  return CLI_OK;
}

/* The first word is the command. Names move to the front of argv, which has been read that far. */
static int take_word(options *o, char **argv, char *word) {
  if (!o->command) return take_command(o, word);
  if (o->command->takes == TAKES_NAMES) {
    argv[o->name_count++] = word;
    o->names = (const char *const *)argv;
    return CLI_OK;
  }
  if (!o->name && takes_name(o)) {
    o->name = word;
    return CLI_OK;
  }
  int takes = o->command->takes;
  if (takes == TAKES_PAIRS || (takes_name(o) && takes != TAKES_NAME && !o->word_count)) {
    argv[o->word_count++] = word;
    o->words = (const char *const *)argv;
    return CLI_OK;
  }
  if (o->command->bit == CMD_EXCHANGE)
    return options_misuse(o, "the redirect or code comes on stdin: others can see arguments");
  /* It may be a secret that somebody put there, so it is not repeated. */
  return options_misuse(o, "there is one argument too many");
}

/* An option without effect is an error, because its user would believe in the effect. */
static int check_commands(const options *o) {
  for (const option *of = option_table; of->name; of++) {
    const char *at = (const char *)o + of->offset;
    bool given = of->argument ? *(const char *const *)(const void *)at != NULL
                              : *(const bool *)(const void *)at;
    if (given && !(of->commands & o->command->bit))
      return options_misuse(o, "%s takes no %s", o->command->name, of->name);
  }
  return CLI_OK;
}

/* strtoul() is not used, because it accepts signs and blanks. */
static int check_seconds(const options *o, const char *name, const char *given, uint32_t *seconds) {
  uint32_t n = 0;
  const char *c = given;
  if (!c) return CLI_OK;
  for (; *c >= '0' && *c <= '9' && n <= SECONDS_MAX; c++)
    n = n * 10 + (uint32_t)(*c - '0');
  if (*c || n < 1 || n > SECONDS_MAX)
    return options_misuse(o, "%s takes 1 to %d seconds", name, SECONDS_MAX);
  *seconds = n;
  return CLI_OK;
}

/* In MOAT_HOME, the state folder of the profile a.conf would have the name of the profile of a. */
static int check_new_name(const options *o) {
  static const char end[] = ".conf";
  size_t n = o->name ? strlen(o->name) : 0, least = sizeof end - 1;
  if (o->command->bit != CMD_INIT || n < least || strcmp(o->name + n - least, end) != 0)
    return CLI_OK;
  return options_misuse(o, "a NAME does not end in .conf; the file of %.*s has that name",
                        (int)(n - least), o->name);
}

/* Both have their defaults here, for --help says them. */
static int check_times(options *o) {
  uint32_t timeout_s = TIMEOUT_DEFAULT_S;
  o->wait_s = WAIT_DEFAULT_S;
  int status = check_seconds(o, "--timeout", o->timeout, &timeout_s);
  if (!status) status = check_seconds(o, "--wait", o->wait, &o->wait_s);
  o->timeout_ms = timeout_s * 1000;
  return status;
}

static int check_names(const options *o) {
  bool right = !o->name || check_name(o->name);
  for (int i = 0; i < o->name_count; i++)
    right = right && check_name(o->names[i]);
  if (right) return check_new_name(o);
  return options_misuse(o, "a NAME has 1 to 64 letters, digits, dots, dashes and underscores, and "
                           "does not begin with a dot or a dash");
}

/* --help and --version work whatever else is given. */
static int check(options *o) {
  if (o->help || o->version) return CLI_OK;
  if (!o->command) return options_misuse(o, "there is no command");
  if (!o->name && takes_name(o))
    return options_misuse(o, "%s needs the NAME of a profile", o->command->name);
  int takes = o->command->takes;
  if (!o->word_count && !o->rediscover && (takes == TAKES_PAIRS || takes == TAKES_ACTION))
    return options_misuse(o, "%s needs %s", o->command->name,
                          takes == TAKES_PAIRS ? "a KEY=VALUE" : "an ACTION");
  int status = check_names(o);
  if (!status) status = check_commands(o);
  return status ? status : check_times(o);
}

/* Only the options of the command are offered, if it is known yet. */
static int no_option(const options *o, const char *word, int n) {
  char typed[NAME_SIZE];
  guess g = {.typed = typed};
  (void)snprintf(typed, sizeof typed, "%.*s", n, word);
  for (const option *of = option_table; of->name; of++)
    if (!o->command || of->commands & o->command->bit) guess_offer(&g, of->name);
  say(CLI_MISUSE, "there is no option %.*s", n, word);
  guess_hint(&g);
  help_usage(o);
  return CLI_MISUSE;
}

/* After "--", a word that begins with a dash is no option (POSIX, utility syntax guideline 10). */
int options_parse(options *o, const command *commands, int argc, char **argv) {
  o->commands = commands;
  bool words_only = false;
  int status = CLI_OK;
  for (int i = 1; i < argc && !status; i++) {
    bool is_option = argv[i][0] == '-' && argv[i][1] && !words_only;
    if (is_option && strcmp(argv[i], "--") == 0) {
      words_only = true;
      continue;
    }
    const option *found = is_option ? option_find(argv[i]) : NULL;
    if (is_option && !found)
      status = no_option(o, argv[i], (int)strcspn(argv[i], "="));
    else
      status = found ? take_option(o, found, argv, &i) : take_word(o, argv, argv[i]);
  }
  return status ? status : check(o);
}
