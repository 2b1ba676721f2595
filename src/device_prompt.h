/* Whether a device code's prompt may be shown and polled with. */
#ifndef MOAT_DEVICE_PROMPT_H
#define MOAT_DEVICE_PROMPT_H

#include "moat/moat.h"

/* The one check of a prompt, whether the server has just sent it or it was loaded from a slot. Sets
 * other_host, drops a verification_uri_complete that cannot be used, and brings the two times into
 * range. MOAT_E_URL: the address is not to be shown to anybody. MOAT_E_REPLY: something is missing,
 * the user code shows nothing or has control characters in it, or there is no time left. */
MOAT_NODISCARD int moat__device_prompt_check(moat_device_prompt *p);

#endif
