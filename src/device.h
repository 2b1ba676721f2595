/* Answers that are form-encoded where JSON was asked for, as GitHub's are by default. */
#ifndef MOAT_DEVICE_H
#define MOAT_DEVICE_H

#include "moat/moat.h"

/* Writes a form-encoded body as a JSON object into the scratch of `r`, and makes that the body; any
 * other body is left as it is. 0 or MOAT_E_SPACE. */
MOAT_NODISCARD int moat__form_to_json(moat_reply *r);

#endif
