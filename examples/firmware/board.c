#include "board.h"

enum { CLOCK_HZ = 25000000, SECOND_MS = 1000 };

#define SYSTICK_CONTROL 0xE000E010u
#define SYSTICK_RELOAD 0xE000E014u
#define SYSTICK_VALUE 0xE000E018u
#define FPGAIO_COUNTER 0x40028018u
#define FPGAIO_PRESCALE 0x4002801Cu

static volatile uint32_t milliseconds;

void SysTick_Handler(void);
void SysTick_Handler(void) {
  milliseconds++;
}

void board_init(void) {
  REGISTER(FPGAIO_PRESCALE) = 0;
  REGISTER(SYSTICK_RELOAD) = CLOCK_HZ / SECOND_MS - 1;
  REGISTER(SYSTICK_VALUE) = 0;
  REGISTER(SYSTICK_CONTROL) = 7; /* on, with its interrupt, from the processor's clock */
}

uint32_t board_ms(void) {
  return milliseconds;
}

uint32_t board_ticks(void) {
  return REGISTER(FPGAIO_COUNTER);
}

void board_prepare_sleep(void) {
  __asm__ volatile("cpsid i" ::: "memory");
}

/* A pending interrupt ends the wfi, although it is only taken after the cpsie. */
void board_sleep(void) {
  __asm__ volatile("wfi\n\tcpsie i" ::: "memory");
}
