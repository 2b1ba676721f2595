/* SMSC's LAN9118, the board's network controller: frames in and out, and whether there is a cable.
 * Knows nothing of lwIP. */
#ifndef LAN9118_H
#define LAN9118_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Resets it and reads its address. False if there is none. */
bool lan9118_init(uint8_t address[6]);
bool lan9118_link(void);

/* A frame of n bytes goes out in pieces: begin, put …, end. */
void lan9118_send_begin(size_t n);
void lan9118_send_put(const uint8_t *p, size_t n);
void lan9118_send_end(void);

/* Whether a frame has come in. */
bool lan9118_pending(void);
/* Takes it up: its bytes without the checksum, or 0 if it is damaged. The words are to be read, or
 * it is to be dropped. */
size_t lan9118_receive_begin(void);
uint32_t lan9118_receive_word(void);
/* The rest of the frame: checksum, padding, or all of it. */
void lan9118_receive_end(void);

/* The next frame will interrupt the sleep. */
void lan9118_wake(void);

#endif
