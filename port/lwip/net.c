/* lwIP reports by callback, but Moat polls the stream. So the callbacks only record what
 * happened. */
#include "moat_lwip.h"

#include <lwip/def.h>
#include <lwip/dns.h>
#include <lwip/pbuf.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>

#if TCP_WND > 0xffff
#error "what is unread is one chain of pbufs, and those count to 65535"
#endif

/* IDLE is zero, so that a static struct needs no initialiser. ASKING: lwIP has not taken the name
 * yet. FAILED: lwIP has freed the connection, but bytes that arrived before can still be read. */
enum { IDLE, ASKING, RESOLVING, RESOLVED, UNKNOWN, CONNECTING, CONNECTED, FAILED };

static int fail(moat_lwip_net *s, int result, err_t error) {
  s->error = error;
  return result;
}

/* ---- Callbacks of lwIP ---- */

/* The name may no longer be the wanted one. lwIP makes one lookup for names that differ only in
 * case. */
static void on_found(const char *name, const ip_addr_t *address, void *arg) {
  moat_lwip_net *s = arg;
  if (s->state != RESOLVING || lwip_stricmp(name, s->host) != 0) return;
  s->state = address ? RESOLVED : UNKNOWN;
  if (address) s->address = *address;
}

static err_t on_connected(void *arg, struct tcp_pcb *pcb, err_t error) {
  moat_lwip_net *s = arg;
  (void)pcb;
  (void)error;
  s->state = CONNECTED;
  return ERR_OK;
}

/* lwIP has already freed the connection when it calls this. */
static void on_error(void *arg, err_t error) {
  moat_lwip_net *s = arg;
  s->pcb = NULL;
  s->error = error;
  s->state = FAILED;
}

/* The bytes stay in lwIP's buffers, and in the window, until somebody reads them. */
static err_t on_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t error) {
  moat_lwip_net *s = arg;
  (void)pcb;
  (void)error;
  if (!p)
    s->ended = true;
  else if (s->unread)
    pbuf_cat(s->unread, p);
  else
    s->unread = p;
  return ERR_OK;
}

/* ---- The stream ---- */

/* The error is kept, so that it can still be read after a close. If lwIP has no memory for a close,
 * the connection is reset. A pcb whose other side is still open gives way to a new one. */
static void net_close(void *io) {
  moat_lwip_net *s = io;
  struct tcp_pcb *pcb = s->pcb;
  if (s->unread) pbuf_free(s->unread);
  s->unread = NULL;
  s->pcb = NULL;
  s->ended = false;
  s->state = IDLE;
  if (!pcb) return;
  tcp_arg(pcb, NULL);
  tcp_recv(pcb, NULL);
  tcp_err(pcb, NULL);
  tcp_setprio(pcb, TCP_PRIO_MIN);
  if (tcp_close(pcb) != ERR_OK) tcp_abort(pcb);
}

/* A lookup that was given up keeps its place in lwIP until it has an answer. While all are taken,
 * the next one waits. */
static int resolve(moat_lwip_net *s, const char *host) {
  s->error = ERR_OK;
  s->host = host;
  s->state = RESOLVING;
  err_t error = dns_gethostbyname(host, &s->address, on_found, s);
  if (error == ERR_OK) s->state = RESOLVED;
  if (error == ERR_MEM) s->state = ASKING;
  if (error == ERR_OK || error == ERR_INPROGRESS || error == ERR_MEM) return MOAT_OK;
  return fail(s, MOAT_E_DNS, error);
}

/* TLS sends records and waits for an answer: Nagle's algorithm would delay the last one by 40
 * ms. */
static int begin(moat_lwip_net *s, uint16_t port) {
  s->pcb = tcp_new_ip_type(IP_GET_TYPE(&s->address));
  if (!s->pcb) return fail(s, MOAT_E_PORT, ERR_MEM);
  tcp_arg(s->pcb, s);
  tcp_recv(s->pcb, on_received);
  tcp_err(s->pcb, on_error);
  tcp_nagle_disable(s->pcb);
  s->state = CONNECTING;
  err_t error = tcp_connect(s->pcb, &s->address, port, on_connected);
  /* lwIP 2.2 begins at a random port, and counts from 0xffff on to 0, which it takes for none. */
  if (error == ERR_BUF) error = tcp_connect(s->pcb, &s->address, port, on_connected);
  return error == ERR_OK ? MOAT_OK : fail(s, MOAT_E_CONNECT, error);
}

static int net_connect(void *io, const char *host, uint16_t port) {
  moat_lwip_net *s = io;
  int r = s->state <= ASKING ? resolve(s, host) : MOAT_OK;
  if (r == MOAT_OK && s->state == RESOLVED) r = begin(s, port);
  if (r == MOAT_OK) switch (s->state) {
    case CONNECTED: return MOAT_OK;
    case ASKING:
    case RESOLVING: return MOAT_WANT_READ;
    case CONNECTING: return MOAT_WANT_WRITE;
    default: r = s->state == UNKNOWN ? MOAT_E_DNS : MOAT_E_CONNECT;
    }
  net_close(s);
  return r;
}

/* lwIP copies the bytes and keeps them until they are acknowledged. */
static int net_send(void *io, const void *p, size_t n) {
  moat_lwip_net *s = io;
  if (s->state == FAILED) return MOAT_E_NETWORK;
  if (s->state != CONNECTED || n == 0) return MOAT_E_MISUSE;
  size_t room = tcp_sndbuf(s->pcb);
  if (n > room) n = room;
  if (n == 0) return MOAT_WANT_WRITE;
  err_t error = tcp_write(s->pcb, p, (u16_t)n, TCP_WRITE_FLAG_COPY);
  if (error == ERR_MEM) return MOAT_WANT_WRITE;
  if (error != ERR_OK) return fail(s, MOAT_E_NETWORK, error);
  (void)tcp_output(s->pcb); /* lwIP's timer repeats what fails here */
  return (int)n;
}

/* Bytes that arrived before an error are read first. */
static int net_recv(void *io, void *p, size_t cap) {
  moat_lwip_net *s = io;
  if (s->unread && cap > 0) {
    u16_t n = pbuf_copy_partial(s->unread, p, (u16_t)(cap < 0xffff ? cap : 0xffff), 0);
    s->unread = pbuf_free_header(s->unread, n);
    if (s->pcb) tcp_recved(s->pcb, n);
    return n;
  }
  if (s->state == FAILED) return MOAT_E_NETWORK;
  if (s->state != CONNECTED || cap == 0) return MOAT_E_MISUSE;
  return s->ended ? MOAT_E_EOF : MOAT_WANT_READ;
}

/* A lookup that has ended and a connection that has failed count as ready: the next call of
 * connect, send or recv reports the result. */
static bool is_ready(const moat_lwip_net *s, int want) {
  switch (s->state) {
  case ASKING:
  case RESOLVING:
  case CONNECTING: return false;
  case CONNECTED: break;
  default: return true;
  }
  return want == MOAT_WANT_READ ? s->unread || s->ended : tcp_sndbuf(s->pcb) > 0;
}

/* A pause does not depend on the connection. The buffer may have room even after a send for which
 * lwIP had no memory, so at least one turn is made. */
static int net_wait(void *io, int want, uint32_t ms) {
  moat_lwip_net *s = io;
  u32_t began = sys_now();
  if (!s->poll) return MOAT_E_PORT;
  do {
    int r = s->poll(s->poll_ctx);
    if (r) return r;
    if (want != MOAT_WANT_TIME && is_ready(s, want)) return MOAT_OK;
  } while (sys_now() - began < ms);
  return MOAT_WANT_TIME;
}

static int32_t net_detail(void *io) {
  const moat_lwip_net *s = io;
  return s->error;
}

const moat_stream_ops moat_lwip_stream = {.connect = net_connect,
                                          .send = net_send,
                                          .recv = net_recv,
                                          .close = net_close,
                                          .wait = net_wait,
                                          .detail = net_detail};
