/* IP addresses as text. */
#ifndef MOAT_ADDRESS_H
#define MOAT_ADDRESS_H

#include "moat/moat.h"

/* The bytes of an IPv4 (RFC 6943 3.1.1, strict) or IPv6 address (RFC 4291 2.2): their number, 4 or
 * 16, or 0 if `s` is no address. */
size_t moat__address(moat_span s, uint8_t out[16]);

#endif
