/* The places of a profile's files. */
#ifndef PATHS_H
#define PATHS_H

#include "guess.h"

typedef struct {
  char conf[PATH_SIZE];
  char state[PATH_SIZE];  /* the account's folder */
  char secret[PATH_SIZE]; /* in it: a secret that came without a file of its own */
} paths;

/* Finds the files of the profile NAME: in MOAT_HOME, or in the XDG folders. A CLI_ status, with
 * what is wrong said. */
int paths_find(paths *p, const char *name);

/* Lists the profiles in the order of their names. Returns a CLI_ status, with what is wrong said.
 */
int paths_list(int *count);
/* The same for those that a moat which was killed was about to make, change or remove. */
int paths_list_unfinished(int *count);
/* The name of one of the `count` profiles. */
const char *paths_listed(int i);

/* Offers the names of all profiles, as far as they can be read. */
void paths_offer(guess *g);

/* Makes a path absolute. 0 or an errno. Symbolic links are kept: a mounted secret may be changed by
 * changing one. */
int path_absolute(const char *path, char *out, size_t size);

#endif
