/* Prints what --help says. */
#ifndef HELP_H
#define HELP_H

#include "option_table.h"

/* Prints --help of the command, or of the program if no command was given. A CLI_ status. */
int help_show(const options *o);

/* Writes a hint: how the command line should look. */
void help_usage(const options *o);

#endif
