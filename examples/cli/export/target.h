/* The file that an export goes into. */
#ifndef TARGET_H
#define TARGET_H

#include <sys/stat.h>

#include "document.h"

typedef struct {
  char path[PATH_SIZE]; /* behind all links */
  bool exists;
  bool interrupted; /* the last write was; what is read is its backup */
  struct stat st;
} target;

/* Besides 0 and an errno: something else than a file is there, and somebody else's link leads
 * there. ESTALE: somebody has changed the file since it was read. */
enum { TARGET_ODD = -1, TARGET_LINK = -2 };

/* Finds the file at `path`, and reads it if it exists. */
int target_read(target *t, const char *path, document *d);
/* Puts the text in the file's place, with the owner and mode that the file has; a new one is for
 * its owner alone. Returns when it is durable. */
int target_write(const target *t, const document *d);
const char *target_error(int error);

/* Wipes what was read of other files. */
void target_wipe(void);

#endif
