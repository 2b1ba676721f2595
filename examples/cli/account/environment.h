/* Variables of the environment that say whom to trust and where to send things. */
#ifndef ENVIRONMENT_H
#define ENVIRONMENT_H

/* Returns the variable's value, or NULL if it is not set or empty. A program that runs with more
 * rights than its caller has gets NULL for all. */
const char *environment(const char *name);

#endif
