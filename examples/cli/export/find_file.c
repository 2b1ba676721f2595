/* Goes through a path part by part, because each link in it has an owner.
 *
 * Somebody else's link could lead to any file of ours, wherever in the path it is. */
#define _GNU_SOURCE /* O_PATH */
#include "find_file.h"

#include "../cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { LINKS = 16 };

void find_close(found_file *f) {
  if (f->folder >= 0) close(f->folder);
  f->folder = -1;
}

/* A folder that is a link by now is no folder. */
static int enter(found_file *f, const char *name) {
  int from = f->folder < 0 ? AT_FDCWD : f->folder;
  int fd = openat(from, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno;
  find_close(f);
  f->folder = fd;
  return 0;
}

/* The rest of the path begins with a slash, or is empty. */
static int take_name(found_file *f, char *rest) {
  size_t slashes = strspn(rest, "/"), n = strcspn(rest + slashes, "/");
  if (n > NAME_MAX) return ENAMETOOLONG;
  memcpy(f->name, n ? rest + slashes : ".", n ? n : 1);
  f->name[n ? n : 1] = '\0';
  memmove(rest, rest + slashes + n, strlen(rest + slashes + n) + 1);
  return 0;
}

/* A relative link begins in the folder that the link is in. */
static int take_link(found_file *f, char *rest) {
  static char to[PATH_SIZE];
  if (f->st.st_uid != 0 && f->st.st_uid != geteuid()) return FIND_LINK;
  ssize_t n = readlinkat(f->folder, f->name, to, sizeof to);
  if (n < 0) return errno;
  size_t left = strlen(rest) + 1;
  if (n == 0 || (size_t)n + left > PATH_SIZE) return ENAMETOOLONG;
  memmove(rest + n, rest, left);
  memcpy(rest, to, (size_t)n);
  return to[0] == '/' ? enter(f, "/") : 0;
}

int find_file(found_file *f, const char *path) {
  static char rest[PATH_SIZE];
  int links = 0;
  find_close(f);
  f->exists = false;
  if (strlen(path) >= sizeof rest) return ENAMETOOLONG;
  memcpy(rest, path, strlen(path) + 1);
  int error = enter(f, *path == '/' ? "/" : ".");
  while (!error) {
    error = take_name(f, rest);
    if (error) break;
    f->exists = fstatat(f->folder, f->name, &f->st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!f->exists) return errno == ENOENT && !*rest ? 0 : errno;
    if (S_ISLNK(f->st.st_mode))
      error = links++ < LINKS ? take_link(f, rest) : ELOOP;
    else if (*rest)
      error = enter(f, f->name);
    else
      return S_ISREG(f->st.st_mode) ? 0 : FIND_ODD;
  }
  return error;
}
