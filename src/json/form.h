/* Answers that are form-encoded where JSON was asked for, as GitHub's are by default. */
#ifndef MOAT__FORM_H
#define MOAT__FORM_H

#include "members.h"

/* Reads name=value pairs in place. 0, or MOAT_E_JSON: none of the members is there and usable. */
MOAT_NODISCARD int moat__form_read(char *text, size_t n, const moat__members *m);

#endif
