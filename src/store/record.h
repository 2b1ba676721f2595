/* The bytes of a stored grant. */
#ifndef MOAT__RECORD_H
#define MOAT__RECORD_H

#include "store.h"

/* The life of a token in seconds, as it is stored. */
uint32_t moat__clamp_life(const moat_record *r, uint32_t life);

/* Fills *r with views into the n bytes at p, which are a record without its end. Returns 0,
 * MOAT_E_STORE or MOAT_E_NEWER. */
MOAT_NODISCARD int moat__record_parse(moat_record *r, const char *p, size_t n);

/* Drops what a record may say and no answer could. */
void moat__record_check(moat_record *r);

/* Writes s->record to the start of the buffer, all but its end. Sets s->needed to the size with the
 * end. Returns 0 or MOAT_E_SPACE. */
MOAT_NODISCARD int moat__record_assemble(moat_store *s);

#endif
