/* A byte stream over a TransportInterface, which has neither a connect nor anything to wait on. */
#include "moat_freertos.h"

#include <FreeRTOS.h>
#include <task.h>

/* IDLE is zero, so that a static struct needs no initialiser. */
enum { IDLE, CONNECTING, CONNECTED };

/* Nobody tells when the transport is ready, so it is asked after so many milliseconds. A long pause
 * is cut, because its ticks may not fit into a TickType_t. */
enum { ASK_MS = 20, PAUSE_MS = 1000 };

static void net_close(void *io) {
  moat_freertos_net *s = io;
  if (s->state == IDLE) return;
  s->disconnect(s->transport->pNetworkContext);
  s->state = IDLE;
}

/* A connection that is there is not made again: the board's connect need not expect that. */
static int net_connect(void *io, const char *host, uint16_t port) {
  moat_freertos_net *s = io;
  if (s->state == IDLE) s->error = 0;
  if (s->state != CONNECTED) {
    s->state = CONNECTING;
    int r = s->connect(s->transport->pNetworkContext, host, port);
    if (r == MOAT_WANT_READ || r == MOAT_WANT_WRITE || r == MOAT_WANT_TIME) return r;
    if (r) {
      net_close(s);
      return r;
    }
  }
  s->state = CONNECTED;
  return MOAT_OK;
}

/* Its numbers are the transport's own, so none but Moat's can be told apart. */
static int failed(moat_freertos_net *s, int32_t error) {
  s->error = error;
  return error == MOAT_E_EOF ? MOAT_E_EOF : MOAT_E_NETWORK;
}

/* The result is an int32_t, so a longer buffer goes in parts, as the contract allows. */
static size_t at_most(size_t n) {
  return n < INT32_MAX ? n : INT32_MAX;
}

static int net_send(void *io, const void *p, size_t n) {
  moat_freertos_net *s = io;
  if (s->state != CONNECTED || n == 0) return MOAT_E_MISUSE;
  int32_t r = s->transport->send(s->transport->pNetworkContext, p, at_most(n));
  if (r < 0) return failed(s, r);
  return r ? (int)r : MOAT_WANT_WRITE;
}

static int net_recv(void *io, void *p, size_t cap) {
  moat_freertos_net *s = io;
  if (s->state != CONNECTED || cap == 0) return MOAT_E_MISUSE;
  int32_t r = s->transport->recv(s->transport->pNetworkContext, p, at_most(cap));
  if (r < 0) return failed(s, r);
  return r ? (int)r : MOAT_WANT_READ;
}

/* At least a tick, so that other tasks run. */
static void pause_for(uint32_t ms) {
  TickType_t ticks = pdMS_TO_TICKS(ms);
  vTaskDelay(ticks ? ticks : 1);
}

/* 0 says that the transport may be ready: the next call finds out. */
static int net_wait(void *io, int want, uint32_t ms) {
  const moat_freertos_net *s = io;
  if (want != MOAT_WANT_TIME) {
    if (s->state == IDLE) return MOAT_E_MISUSE;
    pause_for(ms < ASK_MS ? ms : ASK_MS);
    return ms <= ASK_MS ? MOAT_WANT_TIME : MOAT_OK;
  }
  for (; ms > PAUSE_MS; ms -= PAUSE_MS)
    pause_for(PAUSE_MS);
  pause_for(ms);
  return MOAT_WANT_TIME;
}

static int32_t net_detail(void *io) {
  const moat_freertos_net *s = io;
  return s->error;
}

const moat_stream_ops moat_freertos_stream = {.connect = net_connect,
                                              .send = net_send,
                                              .recv = net_recv,
                                              .close = net_close,
                                              .wait = net_wait,
                                              .detail = net_detail};
