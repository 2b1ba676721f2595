/* Reads and writes files outside the account's slots: profiles, secrets, roots, exports. */
#ifndef FILES_H
#define FILES_H

#include <sys/stat.h>

#include "cli.h"

/* Reads a file into `p` and adds a NUL. Returns 0, an errno, FILE_ODD if it is no regular file, or
 * FILE_OPEN if it must be private and others may read or change it, or own it. More than size - 1
 * bytes are EFBIG. */
enum { FILE_ODD = -1, FILE_OPEN = -2 };
int file_read(const char *path, bool is_private, char *p, size_t size, size_t *n);
/* The two halves of that: opens a regular file, with what it is in `st`, and reads it. */
int file_open(const char *path, int *fd, struct stat *st);
int file_read_fd(int fd, char *p, size_t size, size_t *n);
const char *file_error(int error);

/* 0 or an errno. */
int write_all(int fd, const char *p, size_t n);

/* Writes a file with mode 0600, whole and durable or not at all. Without `replace`, an existing
 * file is an error. Returns 0, an errno, or FILE_ODD if something else than a file is there. */
int file_write(const char *path, const char *p, size_t n, bool replace);

bool file_exists(const char *path);
/* Whether group or others may read it. */
bool file_is_open(const char *path);
/* Returns 0 or an errno. A missing file is no error. */
int file_erase(const char *path);
/* Makes the folder that `path` lies in, 0700, and those above it. 0 or an errno. */
int folder_make_for(const char *path);

#endif
