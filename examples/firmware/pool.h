/* The static pool that Mbed TLS takes its memory from, and what it came to. */
#ifndef POOL_H
#define POOL_H

#include <stdbool.h>
#include <stdint.h>

/* `limit` makes it smaller than it is, to see what happens then; 0 does not. */
void pool_init(uint32_t limit);
uint32_t pool_size(void);
/* Up to where it was ever used: a pool of that size would do for what was done so far. */
uint32_t pool_used(void);
/* Whether it ran out since the last call. Mbed TLS then says many things, such as that a
 * certificate is not trusted, and this is the truth. */
bool pool_ran_out(void);

#endif
