/* Questions of the token reader to the judge (moat_judge() is in moat.h). */
#ifndef MOAT__VERDICT_H
#define MOAT__VERDICT_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the status says enough if the body did not fit. It does not for a refusal: its body tells
 * what to do. */
bool moat__status_is_enough(int status);

/* Whether Entra's number stands for trouble that passes, whatever the error name says. */
bool moat__passes_by_number(int32_t code);

#endif
