/* Arm's semihosting: what the host behind the debugger, here QEMU, does for the board. It stands in
 * for what the board has not: a clock with a battery, randomness, and the memory of its flash. */
#ifndef SEMIHOST_H
#define SEMIHOST_H

#include <stddef.h>
#include <stdint.h>

enum { SEMIHOST_READ = 1, SEMIHOST_UPDATE = 3, SEMIHOST_CREATE = 7 };

/* A handle, or -1. */
int semihost_open(const char *path, int mode);
void semihost_close(int handle);
/* All of the bytes, from where the file is, or -1. */
int semihost_read(int handle, void *p, size_t n);
int semihost_write(int handle, const void *p, size_t n);
int semihost_seek(int handle, size_t at);

uint32_t semihost_time(void); /* seconds since 1970 */
/* What came after `-semihosting-config arg=`, with spaces in between; or -1. */
int semihost_command_line(char *p, size_t size);
_Noreturn void semihost_exit(int status);

#endif
