/* Reads and writes files outside the account's slots: profiles, secrets, roots, exports. */
#ifndef FILES_H
#define FILES_H

#include <sys/stat.h>

#include "cli.h"

/* Demands on a file. Each includes that it is a regular one. */
typedef enum {
  FILE_ANY,
  FILE_CLOSED,  /* group and others may not change it */
  FILE_PRIVATE, /* it is this user's, and nobody else may even read it */
  FILE_TRUSTED  /* the same, or it is root's and closed */
} file_demand;

/* Results beside 0 and an errno: it is no regular file, others may do what they must not, it is
 * another user's, or it is another user's link. */
enum { FILE_ODD = -1, FILE_OPEN = -2, FILE_FOREIGN = -3, FILE_LINK = -4 };

/* Reads a file into `p` and adds a NUL. More than size - 1 bytes are EOVERFLOW. */
int file_read(const char *path, file_demand demand, char *p, size_t size, size_t *n);
/* Whether what `st` describes meets the demand: 0, FILE_OPEN or FILE_FOREIGN. */
int file_judge(const struct stat *st, file_demand demand);
/* The name of the user that a file belongs to, or the number. Valid until the next call. */
const char *file_owner(const char *path);
/* The two halves of that: opens a regular file, with what it is in `st`, and reads it. */
int file_open(const char *path, int *fd, struct stat *st);
int file_read_fd(int fd, char *p, size_t size, size_t *n);
const char *file_error(int error);

/* 0 or an errno. */
int write_all(int fd, const char *p, size_t n);
int file_sync(int fd);
/* Makes the names in the folder of `path` durable. */
int folder_sync_of(const char *path);

/* Writes a file with mode 0600, whole and durable or not at all. Without `replace`, an existing
 * file is an error. Returns 0, an errno, or FILE_ODD if something else than a file is there. */
int file_write(const char *path, const char *p, size_t n, bool replace);

/* Makes a file with mode 0600, durable, in place of what is there. Not for a file that others may
 * read meanwhile: it grows. FILE_OPEN: the file system keeps no modes, and others may read it. */
int file_make(const char *path, const char *p, size_t n);
/* Renames a file, durably. */
int file_move(const char *from, const char *to);

bool file_exists(const char *path);
/* Whether it is certain that there is none. */
bool file_is_missing(const char *path);
/* Whether group or others may read it. */
bool file_is_open(const char *path);
/* Returns 0 or an errno. A missing file is no error. */
int file_erase(const char *path);
/* Whether the folder that `path` lies in can be written to, or made. 0 or an errno. */
int folder_check_for(const char *path);
/* Makes the folder that `path` lies in, 0700, and those above it. 0 or an errno. */
int folder_make_for(const char *path);

#endif
