/* The parts of a command line. */
#ifndef OPTION_TABLE_H
#define OPTION_TABLE_H

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
  CMD_DOCTOR = 131072,
  CMD_INTROSPECT = 262144,
  CMD_USERINFO = 524288,
  CMD_ALL = ~0
};

/* The words that may follow a command. */
enum {
  TAKES_NAME,   /* exactly one, as with the next three */
  TAKES_PAIRS,  /* and at least one KEY=VALUE */
  TAKES_FILE,   /* and perhaps a FILE */
  TAKES_ACTION, /* and what to do */
  TAKES_NAMES,  /* any number; without one, the command is for all profiles */
  TAKES_COMMAND,
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
  const char *help; /* paragraphs for --help, a line each */
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
  const char *who, *challenge, *output, *format, *user, *timeout, *wait, *initial_token;
  uint32_t timeout_ms, wait_s;
  bool browser, paste, device, no_qr;
  bool help, version, verbose, very_verbose, json, force, yes, show_secrets, anyway, local,
      rediscover, registers;
} options;

/* A flag or a text, at an offset in `options`. */
typedef struct {
  const char *name;
  const char *argument; /* NULL: a flag */
  size_t offset;
  int commands;
  const char *help;
} option;

/* The last one has no name. */
extern const option option_table[];

/* Returns what --help of the command with this bit says of an option. */
const char *option_help(const option *o, int bit);

/* The option that an argument names, before its '=', or NULL. */
const option *option_find(const char *argument);

#endif
