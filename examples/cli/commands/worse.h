/* The exit status of a command that looked at several things. */
#ifndef WORSE_H
#define WORSE_H

#include "../cli.h"

/* The worse of two: trouble that needs a person comes before trouble that may pass. */
int worse(int a, int b);

#endif
