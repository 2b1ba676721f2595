#ifndef UART_H
#define UART_H

void uart_init(void);
void uart_put(char c);
void uart_write(const char *text);

#endif
