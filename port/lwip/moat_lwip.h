/* The port to lwIP: a byte stream over its raw TCP, with or without an OS. The board supplies
 * clock, randomness and slots.
 *
 * Call these functions, and everything of Moat that works on a connection, only in lwIP's own
 * context. That is the main loop if NO_SYS is 1. Otherwise it is the tcpip thread, or a holder of
 * the lock of LWIP_TCPIP_CORE_LOCKING. lwIP needs LWIP_TCP, LWIP_DNS, and a TCP_WND no larger than
 * its pool of pbufs, where unread bytes stay.
 *
 * The struct is plain and starts as zero (`static moat_lwip_net net;`). The members above the line
 * belong to the caller, and those below it to the port. It must not move or end while it is open or
 * while its name is being looked up: a lookup of lwIP cannot be cancelled. */
#ifndef MOAT_LWIP_H
#define MOAT_LWIP_H

#include <stdbool.h>

#include <lwip/ip_addr.h>

#include <moat/port.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tcp_pcb;
struct pbuf;

/* The `void *io` of moat_lwip_stream: one TCP connection, to the single address that lwIP's
 * resolver gives. detail() is an err_t, and is kept after close(). */
typedef struct {
  /* Called repeatedly during wait(). It passes frames to lwIP, calls sys_check_timeouts(), and may
   * sleep until the next frame or for a millisecond. Returns 0, or a result that ends wait(), such
   * as MOAT_E_CANCEL. NULL if other code does all that: then wait() returns MOAT_E_PORT, and only
   * moat_step() works. */
  int (*poll)(void *poll_ctx);
  void *poll_ctx;
  /* ---- */
  int state;
  int32_t error;
  bool ended; /* the other side has closed its direction */
  struct tcp_pcb *pcb;
  struct pbuf *unread;
  const char *host; /* the name that is being looked up */
  ip_addr_t address;
} moat_lwip_net;

extern const moat_stream_ops moat_lwip_stream;

#ifdef __cplusplus
}
#endif
#endif
