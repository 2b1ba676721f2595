/* What a person sees of a sign-in by device code. */
#ifndef PROMPT_H
#define PROMPT_H

#include "cli.h"

/* Address and code, and a QR code if that is wanted and can be drawn, to stdout. A CLI_ status. */
int prompt_show(const moat_device_prompt *p, bool with_qr);

/* The time that is left: on a terminal a line that counts down, told as often as you like;
 * elsewhere one line. */
void prompt_count(uint32_t seconds, bool in_place);
/* Before anything else is said. */
void prompt_end(void);

#endif
