#include "semihost.h"

#include <string.h>

enum {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_SEEK = 0x0A,
  SYS_FLEN = 0x0C,
  SYS_TIME = 0x11,
  SYS_GET_CMDLINE = 0x15,
  SYS_EXIT_EXTENDED = 0x20,
  APPLICATION_EXIT = 0x20026
};

/* An argument: a word or an address. This works on 32-bit processors. */
typedef uintptr_t word;

static int call(int operation, const void *arguments) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = arguments;
  __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

int semihost_open(const char *path, int mode) {
  const word a[] = {(word)path, (word)mode, strlen(path)};
  return call(SYS_OPEN, a);
}

void semihost_close(int handle) {
  const word a[] = {(word)handle};
  (void)call(SYS_CLOSE, a);
}

/* Both operations return the number of bytes that are left. */
static int move(int operation, int handle, const void *p, size_t n) {
  const word a[] = {(word)handle, (word)p, n};
  return call(operation, a) == 0 ? 0 : -1;
}

int semihost_read(int handle, void *p, size_t n) {
  return move(SYS_READ, handle, p, n);
}

int semihost_write(int handle, const void *p, size_t n) {
  return move(SYS_WRITE, handle, p, n);
}

int semihost_seek(int handle, size_t at) {
  const word a[] = {(word)handle, at};
  return call(SYS_SEEK, a);
}

int semihost_size(int handle) {
  const word a[] = {(word)handle};
  return call(SYS_FLEN, a);
}

uint32_t semihost_time(void) {
  return (uint32_t)call(SYS_TIME, NULL);
}

int semihost_command_line(char *p, size_t size) {
  word a[] = {(word)p, size};
  return call(SYS_GET_CMDLINE, a);
}

void semihost_exit(int status) {
  const word a[] = {APPLICATION_EXIT, (word)status};
  for (;;)
    (void)call(SYS_EXIT_EXTENDED, a);
}
