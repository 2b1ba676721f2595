/* Reads members of a JSON object. The grammar (RFC 8259) is checked first; then jsmn makes tokens
 * of each value. */
#ifndef MOAT__JSON_H
#define MOAT__JSON_H

#include "members.h"

/* Reads members of the first level of the object that is `text`. Names are compared with their
 * escapes decoded. All other members are checked for grammar and ignored, at any depth. Returns 0,
 * MOAT_E_JSON if `text` is not such an object, or MOAT_E_SPACE if it is nested too deeply for the
 * scratch, of which n / 16 + 1 bytes suffice for any JSON, and n / 8 + 1 for any text. After an
 * error the values do not count. `scratch` may have any alignment and is not wiped. */
MOAT_NODISCARD int moat__json_read(char *text, size_t n, void *scratch, size_t scratch_size,
                                   const moat__members *m);

/* Checks that `text`, without white space after it, is a JSON object, and leaves it unchanged. Its
 * strings may be no UTF-8. Returns like moat__json_read(). */
MOAT_NODISCARD int moat__json_check(moat_span text, void *scratch, size_t scratch_size);

/* Reads seconds from the text of a number, which may have a fraction or an exponent. They are
 * rounded down and limited to INT32_MAX. Returns -1 for any other text and for a negative
 * number. */
int32_t moat__json_seconds(moat_span text);

#endif
