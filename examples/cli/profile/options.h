/* The command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "../cli.h"

enum {
  CMD_INIT = 1,
  CMD_URL = 2,
  CMD_EXCHANGE = 4,
  CMD_REFRESH = 8,
  CMD_TOKEN = 16,
  CMD_STATUS = 32,
  CMD_EXPORT = 64,
  CMD_LOGOUT = 128,
  CMD_LOGIN = 256,
  CMD_KEEP = 512,
  CMD_LIST = 1024,
  CMD_HISTORY = 2048,
  CMD_SET = 4096,
  CMD_SECRET = 8192,
  CMD_REMOVE = 16384,
  CMD_IMPORT = 32768,
  CMD_GIT_CREDENTIAL = 65536,
  CMD_ALL = ~0
};

/* The words that may follow a command. */
enum {
  TAKES_NAME,   /* exactly one, as with the next three */
  TAKES_PAIRS,  /* and at least one KEY=VALUE */
  TAKES_FILE,   /* and perhaps a FILE */
  TAKES_ACTION, /* and what to do */
  TAKES_NAMES,  /* any number; without one, the command is for all profiles */
  TAKES_NOTHING
};

struct account;
struct options;

typedef struct {
  const char *name;
  int bit; /* CMD_… */
  int (*run)(struct account *a);
  int takes;         /* TAKES_… */
  const char *usage; /* what follows the words */
  const char *purpose;
  const char *help; /* lines for --help */
} command;

typedef struct options {
  const command *commands;  /* all that there are; the last one has no name */
  const command *command;   /* the one that was given, or NULL */
  const char *name;         /* the NAME of the one profile, or NULL */
  const char *const *names; /* of TAKES_NAMES */
  int name_count;
  const char *const *words; /* that follow the NAME */
  int word_count;
  const char *key[KEYS]; /* --scope and the like; NULL where not given */
  const char *who, *output, *format, *user, *timeout, *wait;
  uint32_t timeout_ms, wait_s;
  bool browser, paste, device, no_qr;
  bool help, version, verbose, json, force, yes, show_secrets, anyway;
} options;

/* Reads the command line. Returns CLI_OK or CLI_MISUSE. The texts stay in argv. */
int options_parse(options *o, const command *commands, int argc, char **argv);

/* Says what is wrong with the command line, and how it should look. */
__attribute__((format(printf, 2, 3))) int options_misuse(const options *o, const char *format, ...);

/* Prints --help of the command, or of the program if no command was given. */
int options_help(const options *o);

#endif
