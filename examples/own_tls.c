/* own_tls TOKEN_URL CLIENT_ID < REFRESH_TOKEN 3<> /dev/ttyS1
 *
 * The engine over somebody else's TLS: a cellular modem at the other end of a serial line. The
 * modem makes the connection and judges the certificate. No Mbed TLS is linked.
 *
 * This modem takes AT+TLSOPEN="HOST",PORT and answers CONNECT or ERROR. After CONNECT the line
 * carries the bytes of the connection. Other modems have other commands. What matters is that no
 * function of the stream waits. */
#include <moat/moat.h>
#include <moat_posix.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CLOSED, DIALLING, ONLINE };

typedef struct {
  int fd, state;
  size_t sent, n; /* bytes sent of the command; bytes read of the answer */
  char answer[64];
} modem;

/* Maps the result of a read or write of the line to that of a stream. */
static int moved(ssize_t r, int want) {
  if (r > 0) return (int)r;
  if (r == 0) return MOAT_E_EOF;
  return errno == EAGAIN || errno == EINTR ? want : MOAT_E_NETWORK;
}

static int modem_send(void *io, const void *p, size_t n) {
  return moved(write(((modem *)io)->fd, p, n), MOAT_WANT_WRITE);
}

static int modem_recv(void *io, void *p, size_t cap) {
  return moved(read(((modem *)io)->fd, p, cap), MOAT_WANT_READ);
}

/* Reads byte by byte: the bytes after the line belong to the server. */
static int answered(modem *m) {
  while (m->n < sizeof m->answer - 1) {
    int r = modem_recv(m, m->answer + m->n, 1);
    if (r < 0) return r;
    if (m->answer[m->n++] != '\n') continue;
    m->answer[m->n] = '\0';
    return strcmp(m->answer, "CONNECT\r\n") == 0 ? MOAT_OK : MOAT_E_CONNECT;
  }
  return MOAT_E_CONNECT;
}

static int modem_connect(void *io, const char *host, uint16_t port) {
  modem *m = io;
  char command[320];
  int n = snprintf(command, sizeof command, "AT+TLSOPEN=\"%s\",%u\r\n", host, (unsigned)port);
  if (n < 0 || (size_t)n >= sizeof command) return MOAT_E_PORT;
  if (m->state == CLOSED) m->sent = m->n = 0;
  m->state = DIALLING;
  while (m->sent < (size_t)n) {
    int r = modem_send(m, command + m->sent, (size_t)n - m->sent);
    if (r < 0) return r;
    m->sent += (size_t)r;
  }
  int r = answered(m);
  if (r == MOAT_OK) m->state = ONLINE;
  return r;
}

/* A real modem hangs up after a break, or by its DTR line. */
static void modem_close(void *io) {
  ((modem *)io)->state = CLOSED;
}

static int modem_wait(void *io, int want, uint32_t ms) {
  struct pollfd p = {.fd = ((modem *)io)->fd, .events = want == MOAT_WANT_WRITE ? POLLOUT : POLLIN};
  if (want == MOAT_WANT_TIME) p.fd = -1;
  return poll(&p, 1, (int)ms) > 0 ? MOAT_OK : MOAT_WANT_TIME;
}

static const moat_stream_ops modem_stream = {.connect = modem_connect,
                                             .send = modem_send,
                                             .recv = modem_recv,
                                             .close = modem_close,
                                             .wait = modem_wait};

int main(int argc, char **argv) {
  static char work[8192], access_token[4096], url[512], token[4096];
  static moat_client client;
  static moat_posix platform;
  static modem m = {.fd = 3};
  moat_endpoint endpoint;
  if (argc != 3 || !fgets(token, sizeof token, stdin)) return 2;
  if (fcntl(m.fd, F_SETFL, O_NONBLOCK)) return 2;
  moat_config config = {.platform = &moat_posix_platform,
                        .platform_ctx = &platform,
                        .stream = &modem_stream,
                        .io = &m,
                        .work = work,
                        .work_size = sizeof work};
  moat_auth auth = {.ops = &moat_auth_none, .client_id = moat_str(argv[2])};
  moat_refresh_grant g = {.grant = {.endpoint = &endpoint,
                                    .auth = &auth,
                                    .access = access_token,
                                    .access_size = sizeof access_token},
                          .refresh_token = {token, strcspn(token, "\n")}};
  int r = moat_url_split(argv[1], strlen(argv[1]), url, sizeof url, &endpoint);
  if (!r) r = moat_init(&client, &config);
  if (!r) r = moat_refresh_begin(&client, &g);
  if (!r) r = moat_run(&client);
  if (r)
    fprintf(stderr, "%s\n", moat_error_text(r));
  else
    puts(access_token);
  moat_cancel(&client);
  moat_wipe(access_token, sizeof access_token);
  moat_wipe(token, sizeof token);
  return r ? 1 : 0;
}
