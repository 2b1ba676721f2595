/* A stream over the TransportInterface of FreeRTOS's libraries (coreMQTT, coreHTTP): for FreeRTOS
 * with FreeRTOS+TCP, a modem, or TLS of its own. FreeRTOS with lwIP takes the port to sockets. The
 * board supplies clock, randomness, slots and lock.
 *
 * The struct is plain and starts as zero. The members above the line belong to the caller, and
 * those below it to the port. */
#ifndef MOAT_FREERTOS_H
#define MOAT_FREERTOS_H

#include <transport_interface.h>

#include <moat/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The `void *io` of moat_freertos_stream. `transport` and its context are the board's. Its recv and
 * send must return at once: set the timeouts of the socket below to 0. detail() is the last
 * negative number that they returned, and is kept after close(). */
typedef struct {
  const TransportInterface_t *transport;
  /* As connect in moat/port.h: it does not block, and is called again after a MOAT_WANT_*. */
  int (*connect)(NetworkContext_t *network, const char *host, uint16_t port);
  /* Ends a connection that was made, is being made, or has failed. */
  void (*disconnect)(NetworkContext_t *network);
  /* ---- */
  int state;
  int32_t error;
} moat_freertos_net;

/* A TransportInterface does not tell an orderly end from a reset, so both are MOAT_E_NETWORK, which
 * suits TLS. A recv that knows may return MOAT_E_EOF itself. */
extern const moat_stream_ops moat_freertos_stream;

#ifdef __cplusplus
}
#endif
#endif
