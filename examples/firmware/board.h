/* The processor and the two timers of Arm's MPS2 board, which QEMU emulates as mps2-an385
 * (Cortex-M3) and mps2-an386 (Cortex-M4). */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* The 25 MHz counter, and the instructions in one of its ticks. With `-icount shift=0` an
 * instruction takes a nanosecond. The counter wraps after 171 s. */
enum { BOARD_INSTRUCTIONS_PER_TICK = 40 };

void board_init(void);
uint32_t board_ms(void); /* since the reset; wraps */
uint32_t board_ticks(void);

/* Interrupts are masked between these two calls. One that comes after the check for work stays
 * pending and ends the sleep at once. The next millisecond ends it anyway. */
void board_prepare_sleep(void);
void board_sleep(void);

/* The most bytes of the stack that were ever used, and its size. */
uint32_t board_stack_used(void);
uint32_t board_stack_size(void);

#endif
