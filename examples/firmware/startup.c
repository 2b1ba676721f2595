/* From the reset to main(): memory, the vectors, and the paint that shows how far the stack has
 * grown.
 *
 * The stack lies at the bottom of RAM, so an overflow causes a fault and overwrites nothing. */
#include "board.h"
#include "semihost.h"
#include "uart.h"

#define PAINT 0xA5A5A5A5u

extern uint32_t image_data_load, image_data, image_data_end, image_bss, image_bss_end, image_stack,
    image_stack_top;

int main(void);
void Reset_Handler(void);
void SysTick_Handler(void);
void Lan_Handler(void);

/* Paints the unused part of the stack, below the current stack pointer. */
static void paint_stack(void) {
  uint32_t *here;
  __asm__ volatile("mov %0, sp" : "=r"(here));
  for (uint32_t *p = &image_stack; p < here - 16; p++)
    *p = PAINT;
}

void Reset_Handler(void) {
  const uint32_t *from = &image_data_load;
  for (uint32_t *to = &image_data; to < &image_data_end; to++)
    *to = *from++;
  for (uint32_t *p = &image_bss; p < &image_bss_end; p++)
    *p = 0;
  paint_stack();
  semihost_exit(main());
}

uint32_t board_stack_size(void) {
  return (uint32_t)((uintptr_t)&image_stack_top - (uintptr_t)&image_stack);
}

uint32_t board_stack_used(void) {
  const uint32_t *p = &image_stack;
  while (p < &image_stack_top && *p == PAINT)
    p++;
  return (uint32_t)((uintptr_t)&image_stack_top - (uintptr_t)p);
}

/* Mbed TLS calls exit() when its pool is damaged. The C library's exit() would link much more
 * code. */
_Noreturn void exit(int status);
void exit(int status) {
  uart_write("\r\nmoat: the TLS pool is damaged\r\n");
  semihost_exit(status);
}

static void tell_of_fault(void) __attribute__((used));
static void tell_of_fault(void) {
  uart_write("\r\nmoat: fault: the stack has overflowed, or worse\r\n");
  semihost_exit(70);
}

/* The stack itself may be broken, so it is reset before anything is pushed on it. */
__attribute__((naked)) static void fault(void) {
  __asm volatile("ldr r0, =image_stack_top\n"
                 "mov sp, r0\n"
                 "b tell_of_fault\n");
}

static void unexpected(void) {
  uart_write("\r\nmoat: an interrupt that nobody asked for\r\n");
  semihost_exit(71);
}

typedef void (*vector)(void);
enum { EXCEPTIONS = 16, INTERRUPTS = 32, LAN_INTERRUPT = 13 };

typedef struct {
  uint32_t *stack;
  vector handler[EXCEPTIONS + INTERRUPTS - 1];
} vector_table;

/* handler[i] is exception i + 1. */
#define EXCEPTION(n) [(n)-1]
__attribute__((section(".vectors"), used)) static const vector_table vectors = {
    &image_stack_top,
    {EXCEPTION(1) = Reset_Handler, EXCEPTION(2) = unexpected, EXCEPTION(3) = fault,
     EXCEPTION(4) = fault, EXCEPTION(5) = fault, EXCEPTION(6) = fault, EXCEPTION(11) = unexpected,
     EXCEPTION(12) = unexpected, EXCEPTION(14) = unexpected, EXCEPTION(15) = SysTick_Handler,
     EXCEPTION(EXCEPTIONS + LAN_INTERRUPT) = Lan_Handler}};
