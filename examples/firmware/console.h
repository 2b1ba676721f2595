/* Text for people on the UART, without printf: that would cost 4 KB. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

#include <moat/moat.h>

void say(const char *text); /* ours; '\n' ends a line */
void say_number(int32_t n);
/* What a server sent: nothing but visible ASCII reaches a terminal. */
void say_span(moat_span s);

#endif
