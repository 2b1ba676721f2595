/* The file that an export goes into. */
#ifndef TARGET_H
#define TARGET_H

#include "document.h"
#include "find_file.h"

/* The file that was found last. Its path is known to target.c alone. */
typedef struct {
  bool exists;
  bool interrupted; /* the last write was; what is read is its backup */
  bool has_acl;     /* which a new file would not have */
} target;

/* Besides 0 and an errno: something else than a file is there, somebody else's link leads there,
 * a backup is there that is older than the file, and the file's owner keeps the write from its end.
 * ESTALE: somebody has changed the file since it was read. */
enum { TARGET_ODD = FIND_ODD, TARGET_LINK = FIND_LINK, TARGET_BACKUP = -3, TARGET_LATE = -4 };

/* Finds the file at `path`, and reads it if it exists. */
int target_read(target *t, const char *path, document *d);
/* Puts the text in the file's place, with the owner and mode that the file has; a new one is for
 * its owner alone. Returns when it is durable. */
int target_write(const target *t, const document *d);
const char *target_error(int error);

/* Wipes what was read of other files, and closes the folder. */
void target_wipe(void);

#endif
