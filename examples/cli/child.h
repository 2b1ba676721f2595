/* Gives a program that moat starts back what main() and signals_catch() have changed. */
#ifndef CHILD_H
#define CHILD_H

#include <sys/resource.h>
#include <sys/types.h>

/* The umask and the limit of core dumps that main() found. A child's files are not secrets of moat.
 */
extern mode_t child_umask;
extern struct rlimit child_core;

/* For the child, before it becomes another program. exec() itself puts back the signals that are
 * caught. Those that were ignored when moat began stay ignored. */
void child_restore(void);

#endif
