/* Reads and writes files outside the account's slots: profiles, secrets, roots, exports. */
#ifndef FILES_H
#define FILES_H

#include "cli.h"

/* 0 or an errno, FILE_ODD where it is no regular file, FILE_OPEN where `is_private` and others may
 * read or change it, its owner among them. NUL-terminated in `p`; more than size - 1 bytes are
 * EFBIG. */
enum { FILE_ODD = -1, FILE_OPEN = -2 };
int file_read(const char *path, bool is_private, char *p, size_t size, size_t *n);
const char *file_error(int error);

/* 0 or an errno. */
int write_all(int fd, const char *p, size_t n);

/* Whole and durable or not at all, 0600; `replace` as well where there is one. 0 or an errno,
 * FILE_ODD where there is something else than a file. */
int file_write(const char *path, const char *p, size_t n, bool replace);

bool file_exists(const char *path);
/* Whether group or others may read it. */
bool file_is_open(const char *path);
/* 0 or an errno; missing is fine. */
int file_erase(const char *path);
/* Makes the folder that `path` lies in, 0700, and those above it. 0 or an errno. */
int folder_make_for(const char *path);

#endif
