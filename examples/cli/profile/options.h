/* The command line. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "help.h"

/* Reads the command line. Returns CLI_OK or CLI_MISUSE. The texts stay in argv. */
int options_parse(options *o, const command *commands, int argc, char **argv);

/* Says what is wrong with the command line, and how it should look. */
__attribute__((format(printf, 2, 3))) int options_misuse(const options *o, const char *format, ...);

#endif
