/* Reads form-encoded answers. Some servers send them instead of JSON, as GitHub does by default. */
#ifndef MOAT__FORM_H
#define MOAT__FORM_H

#include "members.h"

/* Reads name=value pairs in place. Returns 0, or MOAT_E_JSON if there is no usable member. */
MOAT_NODISCARD int moat__form_read(char *text, size_t n, const moat__members *m);

#endif
