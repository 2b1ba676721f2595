/* The port to lwIP: a byte stream over its raw TCP, with or without an OS. Clock, randomness and
 * slots are the board's.
 *
 * Everything here, and so every call of Moat that works on a connection, belongs into the context
 * that lwIP runs in: the main loop where NO_SYS is 1; else the tcpip thread, or whoever holds the
 * lock of LWIP_TCPIP_CORE_LOCKING. lwIP needs LWIP_TCP, LWIP_DNS, and a TCP_WND that is no larger
 * than its pool of pbufs, for what nobody has read yet stays there.
 *
 * The struct is plain and starts as zero (`static moat_lwip_net net;`). The members above the line
 * are the caller's, the ones below it the port's. It must not move or end while it is open, nor
 * while a lookup of its name is on its way: lwIP cannot be told to forget one. */
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

/* The `void *io` of moat_lwip_stream: one TCP connection, to the one address that lwIP's resolver
 * gives. detail() is an err_t, and outlives close(). */
typedef struct {
  /* Called again and again while wait() waits: feeds frames and sys_check_timeouts() to lwIP, and
   * may sleep until there is a frame or a millisecond is over. 0, or a result with which wait()
   * ends: MOAT_E_CANCEL, for example. NULL where somebody else does all that: then wait() is
   * MOAT_E_PORT, and only moat_step() works. */
  int (*poll)(void *poll_ctx);
  void *poll_ctx;
  /* ---- */
  int state;
  int32_t error;
  bool ended; /* the other side has sent all it will */
  struct tcp_pcb *pcb;
  struct pbuf *unread;
  const char *host; /* that is being looked up */
  ip_addr_t address;
} moat_lwip_net;

extern const moat_stream_ops moat_lwip_stream;

#ifdef __cplusplus
}
#endif
#endif
