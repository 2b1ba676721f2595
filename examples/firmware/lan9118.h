/* SMSC's LAN9118, the board's network controller. It sends and receives frames and detects the
 * cable. It knows nothing of lwIP. */
#ifndef LAN9118_H
#define LAN9118_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Resets the controller and reads its address. Returns false if there is no controller. */
bool lan9118_init(uint8_t address[6]);
bool lan9118_link(void);

/* Sends a frame of n bytes in pieces: begin, put …, end. */
void lan9118_send_begin(size_t n);
void lan9118_send_put(const uint8_t *p, size_t n);
void lan9118_send_end(void);

/* Whether a frame has come in. */
bool lan9118_pending(void);
/* Begins to receive a frame. Returns its size without the checksum, or 0 if it is damaged. Then
 * read its words or drop it. */
size_t lan9118_receive_begin(void);
uint32_t lan9118_receive_word(void);
/* Drops the rest of the frame: checksum, padding, or all of it. */
void lan9118_receive_end(void);

/* Lets the next frame interrupt the sleep. */
void lan9118_wake(void);

#endif
