/* Roots of trust in folders, as OpenSSL keeps them: a certificate a file, named HASH.N. */
#ifndef ROOT_FOLDERS_H
#define ROOT_FOLDERS_H

#include <stddef.h>
#include <stdint.h>

/* Goes through the files of folders with ':' between them, each file once, however many names it
 * has. Writes their bytes to `p`, and a NUL; with p NULL it only looks which files there are. *n is
 * the number of bytes, or of files. `identity` changes whenever a file does. Returns 0 or an errno.
 * What cannot be read is passed over, as OpenSSL does. */
int root_folders_read(const char *folders, char *p, size_t size, size_t *n, uint8_t identity[32]);

#endif
