/* One table describes the command line: the name of each option, where its value goes, and which
 * commands take it. The parser and --help both read it. */
#include "options.h"

#include "../terminal/term.h"
#include "check_value.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The commands that sign in or ask the server, and those that build an authorize URL. */
enum {
  SIGN_IN_COMMANDS = CMD_INIT | CMD_LOGIN | CMD_URL | CMD_EXCHANGE | CMD_REFRESH | CMD_TOKEN,
  URL_COMMANDS = CMD_INIT | CMD_LOGIN | CMD_URL,
  TIMEOUT_DEFAULT_S = 30,
  WAIT_DEFAULT_S = 300,
  SECONDS_MAX = 3600
};

/* An option is a flag or a text, at an offset in `options`. */
typedef struct {
  const char *name;
  const char *argument; /* NULL: a flag */
  size_t offset;
  int commands;
  const char *help;
} option;

/* Options that stand for a value of the profile lie in one array, so that profile_apply() can go
 * through them. */
#define AT(member) offsetof(options, member)
#define AT_KEY(k) (offsetof(options, key) + (k) * sizeof(const char *))

static const option table[] = {
    {"--provider", "NAME", AT_KEY(KEY_PROVIDER), CMD_INIT,
     "entra (the default), google, github or custom"},
    {"--cloud", "NAME", AT_KEY(KEY_CLOUD), SIGN_IN_COMMANDS,
     "Entra's cloud: global (the default), usgov or china"},
    {"--tenant", "T", AT_KEY(KEY_TENANT), SIGN_IN_COMMANDS, "Entra's tenant; by default common"},
    {"--authorize-url", "URL", AT_KEY(KEY_AUTHORIZE_URL), SIGN_IN_COMMANDS,
     "where a person signs in"},
    {"--token-url", "URL", AT_KEY(KEY_TOKEN_URL), SIGN_IN_COMMANDS,
     "where codes and refresh tokens are exchanged"},
    {"--device-url", "URL", AT_KEY(KEY_DEVICE_URL), CMD_INIT | CMD_LOGIN,
     "where a device code is asked for"},
    {"--client-id", "ID", AT_KEY(KEY_CLIENT_ID), SIGN_IN_COMMANDS,
     "the client's ID in its registration"},
    {"--secret-file", "FILE", AT_KEY(KEY_SECRET_FILE), SIGN_IN_COMMANDS,
     "file with the client secret; with init, - asks for it or reads stdin"},
    {"--secret-expires", "DATE", AT_KEY(KEY_SECRET_EXPIRES), CMD_INIT | CMD_SECRET,
     "last day of the secret, YYYY-MM-DD; status warns 30 days ahead"},
    {"--auth", "METHOD", AT_KEY(KEY_AUTH), SIGN_IN_COMMANDS,
     "none, post, basic or basic-raw; with a secret the default is post"},
    {"--scope", "\"S ...\"", AT_KEY(KEY_SCOPE), URL_COMMANDS, "the scopes to ask for"},
    {"--redirect-uri", "URI", AT_KEY(KEY_REDIRECT_URI), URL_COMMANDS,
     "as registered; the default is http://localhost"},
    {"--issuer", "URL", AT_KEY(KEY_ISSUER), CMD_INIT | CMD_LOGIN | CMD_EXCHANGE,
     "every redirect must have this value as iss"},
    {"--extra", "FIELDS", AT_KEY(KEY_EXTRA), URL_COMMANDS,
     "further parameters of the authorize URL, form-encoded"},
    {"--shared", "ANSWER", AT_KEY(KEY_SHARED), CMD_INIT | CMD_REFRESH | CMD_TOKEN,
     "yes or no: does other software refresh the same grant"},
    {"--ca", "FILE", AT_KEY(KEY_CA), SIGN_IN_COMMANDS, "PEM file of the roots to trust"},
    {"--proxy", "URL", AT_KEY(KEY_PROXY), SIGN_IN_COMMANDS,
     "the HTTP proxy, http://HOST:PORT, or none; else that of the environment"},
    {"--proxy-credentials", "FILE", AT_KEY(KEY_PROXY_CREDENTIALS), SIGN_IN_COMMANDS,
     "file with user:password for the proxy"},
    {"--force", NULL, AT(force), CMD_INIT | CMD_IMPORT,
     "change an existing profile, or replace a living grant"},
    {"--yes", NULL, AT(yes), CMD_REMOVE, "do not ask"},
    {"--account", "NAME", AT(who), CMD_LOGIN | CMD_URL | CMD_EXCHANGE,
     "who is to sign in, such as an address; select: the provider lets one choose"},
    {"--browser", NULL, AT(browser), CMD_LOGIN, "open a browser, even if no display is known"},
    {"--paste", NULL, AT(paste), CMD_LOGIN,
     "open no browser and do not listen; the address is pasted"},
    {"--device", NULL, AT(device), CMD_LOGIN, "sign in on a phone or another computer, by a code"},
    {"--no-qr", NULL, AT(no_qr), CMD_LOGIN, "draw no QR code"},
    {"--wait", "SECONDS", AT(wait), CMD_LOGIN,
     "time to sign in; the default is 300, or the life of the device code"},
    {"--json", NULL, AT(json), CMD_TOKEN | CMD_STATUS | CMD_LIST, "print JSON; with --version too"},
    {"--format", "FORMAT", AT(format), CMD_EXPORT | CMD_IMPORT | CMD_TOKEN, NULL},
    {"--user", "ADDRESS", AT(user), CMD_TOKEN, "whose mailbox it is, for xoauth2"},
    {"-o", "FILE", AT(output), CMD_EXPORT,
     "write to FILE; of an existing file, only Moat's keys are changed"},
    {"--show-secrets", NULL, AT(show_secrets), CMD_EXPORT, "show secrets even on a terminal"},
    {"--anyway", NULL, AT(anyway), CMD_EXPORT, "export even a grant that the provider has ended"},
    {"--timeout", "SECONDS", AT(timeout), CMD_ALL,
     "limit for a whole exchange with the server; the default is 30"},
    {"-v", NULL, AT(verbose), CMD_ALL, "show on stderr what happens"},
    {"--help", NULL, AT(help), CMD_ALL, "this text"},
    {"--version", NULL, AT(version), CMD_ALL, "the version"},
};

enum { OPTIONS = sizeof table / sizeof *table };

/* ---- Help ---- */

/* How the words look that may follow a command. */
static const char *const words[] = {[TAKES_NAME] = "NAME",
                                    [TAKES_PAIRS] = "NAME KEY=VALUE...",
                                    [TAKES_FILE] = "NAME [FILE | -]",
                                    [TAKES_ACTION] = "NAME ACTION",
                                    [TAKES_NAMES] = "[NAME...]",
                                    [TAKES_NOTHING] = ""};

/* A mistake is answered with one line of usage and not with a page of help. */
static void usage_line(const options *o) {
  if (o->command)
    hint("usage: moat %s %s%s   (moat %s --help says more)", o->command->name,
         words[o->command->takes], o->command->usage, o->command->name);
  else
    hint("usage: moat COMMAND [NAME] [OPTION...]   (moat --help says more)");
}

int options_misuse(const options *o, const char *format, ...) {
  static char line[1024];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  say(CLI_MISUSE, "%s", line);
  usage_line(o);
  return CLI_MISUSE;
}

/* The one option whose values are each command's own. */
static const char *formats_of(int bit) {
  return bit == CMD_TOKEN    ? "header or xoauth2"
         : bit == CMD_IMPORT ? "ballerina, json, rclone or token"
                             : "ballerina, env, json, onedrive or rclone";
}

static int help_options(int bit) {
  int status = print("Options:");
  for (size_t i = 0; i < OPTIONS && !status; i++)
    if (table[i].commands & bit)
      status = print("  %-16s %-8s %s", table[i].name, table[i].argument ? table[i].argument : "",
                     table[i].help ? table[i].help : formats_of(bit));
  return status;
}

static int help_program(const options *o) {
  int status = print("usage: moat COMMAND [NAME] [OPTION...]");
  if (!status) status = print("OAuth 2.0 for devices: signs in once, and keeps the grant alive.");
  for (const command *c = o->commands; c->name && !status; c++)
    status = print("  moat %-14s %-11s %s", c->name, words[c->takes], c->purpose);
  if (!status) status = print("`moat COMMAND --help` describes one of them.");
  if (!status)
    status = print("Exit status: 0 done, 1 failed, 2 misuse, 3 somebody must sign in, 4 try again "
                   "later, 5 the profile or the registration is wrong.");
  return status;
}

int options_help(const options *o) {
  const command *c = o->command;
  if (!c) return help_program(o);
  int status = print("usage: moat %s %s%s", c->name, words[c->takes], c->usage);
  if (!status) status = print_bytes(c->help, strlen(c->help));
  return status ? status : help_options(c->bit);
}

/* ---- Parsing ---- */

/* Only whole names count: an abbreviation would break when an option is added. -h is not in the
 * table, so --help shows one name for one thing. */
static const option *find(const char *argument) {
  size_t n = strcspn(argument, "=");
  for (size_t i = 0; i < OPTIONS; i++)
    if (strlen(table[i].name) == n && strncmp(table[i].name, argument, n) == 0) return &table[i];
  if (strcmp(argument, "-h") == 0) return find("--help");
  return NULL;
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

/* The first word is the command. Names move to the front of argv, which has been read that far. */
static int take_word(options *o, char **argv, char *word) {
  if (!o->command) {
    for (const command *c = o->commands; c->name; c++)
      if (strcmp(c->name, word) == 0) o->command = c;
    return o->command ? CLI_OK : options_misuse(o, "there is no command '%s'", word);
  }
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
  for (size_t i = 0; i < OPTIONS; i++) {
    const char *at = (const char *)o + table[i].offset;
    bool given = table[i].argument ? *(const char *const *)(const void *)at != NULL
                                   : *(const bool *)(const void *)at;
    if (given && !(table[i].commands & o->command->bit))
      return options_misuse(o, "%s takes no %s", o->command->name, table[i].name);
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
  if (right) return CLI_OK;
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
  if (!o->word_count && (takes == TAKES_PAIRS || takes == TAKES_ACTION))
    return options_misuse(o, "%s needs %s", o->command->name,
                          takes == TAKES_PAIRS ? "a KEY=VALUE" : "an ACTION");
  int status = check_names(o);
  if (!status) status = check_commands(o);
  return status ? status : check_times(o);
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
    const option *found = is_option ? find(argv[i]) : NULL;
    if (is_option && !found)
      status = options_misuse(o, "there is no option %.*s", (int)strcspn(argv[i], "="), argv[i]);
    else
      status = found ? take_option(o, found, argv, &i) : take_word(o, argv, argv[i]);
  }
  return status ? status : check(o);
}
