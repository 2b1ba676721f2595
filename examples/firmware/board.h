/* The processor and the two timers of Arm's MPS2 board, as QEMU's mps2-an385 (Cortex-M3) and
 * mps2-an386 (Cortex-M4) have it. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* The 25 MHz counter, and what a tick of it is with `-icount shift=0`, where an instruction takes
 * a nanosecond. It wraps after 171 s. */
enum { BOARD_INSTRUCTIONS_PER_TICK = 40 };

void board_init(void);
uint32_t board_ms(void); /* since the reset; wraps */
uint32_t board_ticks(void);

/* Interrupts are off between the two: whatever comes after the look at what there is to do ends the
 * sleep at once. The next millisecond ends it anyway. */
void board_prepare_sleep(void);
void board_sleep(void);

/* Bytes of the stack that were ever used, and all of them. */
uint32_t board_stack_used(void);
uint32_t board_stack_size(void);

#endif
