/* Text for people on the UART, without printf: that would cost 4 KB. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

#include <moat/moat.h>

void say(const char *text); /* prints the image's own text; '\n' ends a line */
void say_number(int32_t n);
/* Prints text of a server: only its visible ASCII reaches the terminal. */
void say_span(moat_span s);

#endif
