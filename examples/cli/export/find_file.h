/* Finds a file, in a folder that stays the same whatever others do to the path meanwhile. */
#ifndef FIND_FILE_H
#define FIND_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

typedef struct {
  int folder; /* opened with O_PATH, for openat() and its like; -1 if none is open */
  char name[NAME_MAX + 1];
  bool exists;
  struct stat st; /* of the file, if it exists */
} found_file;

/* Besides 0 and an errno: something else than a file is there, and somebody else's link leads
 * there. */
enum { FIND_ODD = -1, FIND_LINK = -2 };

/* Follows all links of this user's and of root's. The file may be missing, its folder may not. The
 * folder that `f` had before is closed. */
int find_file(found_file *f, const char *path);
void find_close(found_file *f);

#endif
