/* Members of one JSON object: RFC 8259 grammar first, jsmn for the tokens of each value. */
#ifndef MOAT__JSON_H
#define MOAT__JSON_H

#include "members.h"

/* Reads members of the object that `text` must be, from the first level alone. A name is compared
 * with its escapes decoded. Any other member is checked for grammar and ignored, whatever its
 * depth. 0; MOAT_E_JSON: no such object; MOAT_E_SPACE: its nesting takes more scratch, of which
 * n / 16 + 1 bytes always suffice. After an error the values do not count. `scratch` may be of any
 * alignment and is not wiped. */
MOAT_NODISCARD int moat__json_read(char *text, size_t n, void *scratch, size_t scratch_size,
                                   const moat__members *m);

/* Seconds out of the text of a number, with a fraction or an exponent too, rounded down and
 * INT32_MAX at most; -1 if it is anything else or negative. */
int32_t moat__json_seconds(moat_span text);

#endif
