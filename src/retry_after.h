#ifndef MOAT_RETRY_AFTER_H
#define MOAT_RETRY_AFTER_H

#include "moat/moat.h"

/* Retry-After (RFC 9110 10.2.3) in seconds: an integer, a fraction (rounded up, one provider sends
 * them), or a date, counted from the answer's own Date so that no clock is needed. 0 for anything
 * else; MOAT_RETRY_AFTER_MAX at most. */
uint32_t moat__retry_after(moat_span value, moat_span date);

#endif
