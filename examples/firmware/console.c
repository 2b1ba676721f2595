#include "console.h"

#include "uart.h"

void say(const char *text) {
  for (; *text; text++) {
    if (*text == '\n') uart_put('\r');
    uart_put(*text);
  }
}

void say_number(int32_t n) {
  char digits[12], *p = digits + sizeof digits;
  uint32_t rest = n < 0 ? 0u - (uint32_t)n : (uint32_t)n;
  *--p = '\0';
  do {
    *--p = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest);
  if (n < 0) *--p = '-';
  say(p);
}

void say_span(moat_span s) {
  for (size_t i = 0; i < s.n; i++)
    uart_put(s.p[i] < ' ' || s.p[i] > '~' ? '?' : s.p[i]);
}
