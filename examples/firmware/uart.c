/* UART 0 of the MPS2 board (Arm's CMSDK), polled. */
#include "uart.h"

#include "board.h"

#define UART_DATA 0x40004000u
#define UART_STATE 0x40004004u
#define UART_CONTROL 0x40004008u
#define UART_DIVIDER 0x40004010u

enum { STATE_FULL = 1, CONTROL_SEND = 1, CLOCK_HZ = 25000000, BAUD = 115200 };

void uart_init(void) {
  REGISTER(UART_DIVIDER) = CLOCK_HZ / BAUD;
  REGISTER(UART_CONTROL) = CONTROL_SEND;
}

void uart_put(char c) {
  while (REGISTER(UART_STATE) & STATE_FULL)
    ;
  REGISTER(UART_DATA) = (uint8_t)c;
}

void uart_write(const char *text) {
  while (*text)
    uart_put(*text++);
}
