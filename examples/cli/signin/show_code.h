/* Shows a person the address and the code of a sign-in by device code. */
#ifndef SHOW_CODE_H
#define SHOW_CODE_H

#include "../cli.h"

/* Address and code, and a QR code if that is wanted and can be drawn, to stdout. A CLI_ status. */
int show_code(const moat_device_prompt *p, bool with_qr);

/* The time that is left: on a terminal a line that counts down, told as often as you like;
 * elsewhere one line. */
void show_code_time(uint32_t seconds, bool in_place);
/* Before anything else is said. */
void show_code_end(void);

#endif
