/* Questions that the reader of answers asks the judge (moat_judge() is in moat.h). */
#ifndef MOAT__VERDICT_H
#define MOAT__VERDICT_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the status says enough where the body did not fit. That of a refusal says what to do. */
bool moat__status_is_enough(int status);

/* Whether Entra's number tells of trouble that passes, whatever the name beside it says. */
bool moat__passes_by_number(int32_t code);

#endif
