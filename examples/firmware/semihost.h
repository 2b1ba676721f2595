/* Arm's semihosting: services of the host behind the debugger, here QEMU. They stand for parts that
 * the board lacks: a clock with a battery, randomness, and the memory of its flash. */
#ifndef SEMIHOST_H
#define SEMIHOST_H

#include <stddef.h>
#include <stdint.h>

enum { SEMIHOST_READ = 1, SEMIHOST_UPDATE = 3, SEMIHOST_CREATE = 7 };

/* Returns a handle, or -1. */
int semihost_open(const char *path, int mode);
void semihost_close(int handle);
/* Both move all n bytes at the current position of the file, or return -1. */
int semihost_read(int handle, void *p, size_t n);
int semihost_write(int handle, const void *p, size_t n);
int semihost_size(int handle); /* in bytes, or -1 */
int semihost_seek(int handle, size_t at);

uint32_t semihost_time(void); /* seconds since 1970 */
/* Gives the arguments of `-semihosting-config arg=`, joined by spaces. Returns -1 if that fails. */
int semihost_command_line(char *p, size_t size);
_Noreturn void semihost_exit(int status);

#endif
