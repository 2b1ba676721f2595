/* Shows a person the address and the code of a sign-in by device code. */
#ifndef SHOW_CODE_H
#define SHOW_CODE_H

#include "../cli.h"

/* Prints address and code, and a QR code if that is wanted and can be drawn. Returns a CLI_
 * status. */
int show_code(const moat_device_prompt *p, bool with_qr);

/* Shows the time left. On a terminal, one line counts down: call this often. Elsewhere it prints
 * one line only. */
void show_code_time(uint32_t seconds, bool in_place);
/* Ends the line that counts. Call it before anything else is printed. */
void show_code_end(void);

#endif
