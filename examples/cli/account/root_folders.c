/* `openssl rehash` makes links, often two to one file: one for each way to make the hash. */
#include "root_folders.h"

#include "../files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <moat/tls.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 1024, HASH_DIGITS = 8 };

typedef struct {
  char *p;
  size_t size, n;
  uint8_t *identity;
  size_t count;
  struct {
    dev_t dev;
    ino_t ino;
  } seen[FILES];
} gathering;

/* Other files are the sources of the links, lists of revoked certificates (HASH.rN) and the like.
 */
static bool is_hash_name(const char *name) {
  size_t n = strspn(name, "0123456789abcdef");
  if (n != HASH_DIGITS || name[n] != '.') return false;
  const char *number = name + n + 1;
  return *number && !number[strspn(number, "0123456789")];
}

static bool is_new(const gathering *g, const struct stat *st) {
  for (size_t i = 0; i < g->count; i++)
    if (g->seen[i].dev == st->st_dev && g->seen[i].ino == st->st_ino) return false;
  return true;
}

/* The order of the files does not matter, so their hashes are joined in a way that has none. */
static int add_identity(gathering *g, const struct stat *st) {
  const int64_t facts[] = {(int64_t)st->st_dev, (int64_t)st->st_ino, st->st_size,
                           st->st_mtim.tv_sec,  st->st_mtim.tv_nsec, st->st_ctim.tv_sec,
                           st->st_ctim.tv_nsec};
  uint8_t hash[32];
  if (moat_crypto_mbedtls.sha256(NULL, facts, sizeof facts, hash)) return EIO;
  for (size_t i = 0; i < sizeof hash; i++)
    g->identity[i] ^= hash[i];
  return 0;
}

static int add_bytes(gathering *g, int fd) {
  size_t n = 0;
  if (!g->p) return 0;
  int error = file_read_fd(fd, g->p + g->n, g->size - g->n, &n);
  if (error) return error;
  g->n += n;
  if (g->size - g->n < 2) return EOVERFLOW;
  g->p[g->n++] = '\n'; /* the last line may have no end */
  g->p[g->n] = '\0';
  return 0;
}

static int add_file(gathering *g, int folder, const char *name) {
  struct stat st;
  int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return 0;
  int error = 0;
  if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && is_new(g, &st)) {
    error = g->count == FILES ? EOVERFLOW : add_identity(g, &st);
    if (!error) error = add_bytes(g, fd);
    if (!error) {
      g->seen[g->count].dev = st.st_dev;
      g->seen[g->count++].ino = st.st_ino;
    }
  }
  close(fd);
  return error;
}

static int add_folder(gathering *g, const char *path) {
  DIR *d = opendir(path);
  int error = 0;
  if (!d) return 0;
  for (struct dirent *e; !error && (e = readdir(d)) != NULL;)
    if (is_hash_name(e->d_name)) error = add_file(g, dirfd(d), e->d_name);
  closedir(d);
  return error;
}

int root_folders_read(const char *folders, char *p, size_t size, size_t *n, uint8_t identity[32]) {
  static gathering g;
  char path[PATH_SIZE];
  int error = 0;
  g = (gathering){.p = p, .size = size, .identity = identity};
  memset(identity, 0, 32);
  for (const char *at = folders; !error && *at; at += *at == ':') {
    size_t length = strcspn(at, ":");
    if (length >= sizeof path) return ENAMETOOLONG;
    memcpy(path, at, length);
    path[length] = '\0';
    at += length;
    if (length) error = add_folder(&g, path);
  }
  *n = p ? g.n : g.count;
  return error;
}
