/* own_tls TOKEN_URL CLIENT_ID < REFRESH_TOKEN 3<> /dev/ttyS1
 *
 * The engine over somebody else's TLS: a modem at the other end of a serial line. AT+TLSOPEN makes
 * it connect and judge the certificate. Then the line carries the bytes of the connection. */
#include <moat/moat.h>
#include <moat_posix.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int line = 3;
static size_t sent, received; /* bytes of the command, and of the modem's answer to it */

/* Maps the result of a read or write to that of a stream. Neither waits. */
static int moved(ssize_t r, int want) {
  if (r < 0) return errno == EAGAIN || errno == EINTR ? want : MOAT_E_NETWORK;
  return r ? (int)r : MOAT_E_EOF;
}

static int modem_send(void *io, const void *p, size_t n) {
  return moved(write(*(int *)io, p, n), MOAT_WANT_WRITE);
}

static int modem_recv(void *io, void *p, size_t cap) {
  return moved(read(*(int *)io, p, cap), MOAT_WANT_READ);
}

/* Moat calls this again after a MOAT_WANT_…. It leaves what follows CONNECT to modem_recv(). */
static int modem_connect(void *io, const char *host, uint16_t port) {
  static const char answer[] = "CONNECT\r\n";
  char command[600], c; /* longer than any host of `url` */
  size_t n = (size_t)snprintf(command, sizeof command, "AT+TLSOPEN=\"%s\",%u\r\n", host, port);
  for (int r; sent < n; sent += (size_t)r) {
    r = modem_send(io, command + sent, n - sent);
    if (r < 0) return r;
  }
  for (; answer[received]; received++) {
    int r = modem_recv(io, &c, 1);
    if (r < 0) return r;
    if (c != answer[received]) return MOAT_E_CONNECT;
  }
  return MOAT_OK;
}

static void modem_close(void *io) {
  (void)io; /* a real modem hangs up after a break, or by its DTR line */
  sent = received = 0;
}

static int modem_wait(void *io, int want, uint32_t ms) {
  struct pollfd p = {*(int *)io, want == MOAT_WANT_WRITE ? POLLOUT : POLLIN, 0};
  return poll(&p, want != MOAT_WANT_TIME, (int)ms) > 0 ? MOAT_OK : MOAT_WANT_TIME;
}

static const moat_stream_ops modem = {modem_connect, modem_send, modem_recv, modem_close,
                                      modem_wait,    NULL,       NULL,       NULL};

int main(int argc, char **argv) {
  static char work[8192], access[4096], url[512], token[4096];
  static moat_client client;
  static moat_posix posix;
  moat_endpoint endpoint;
  if (argc != 3 || !fgets(token, sizeof token, stdin) || fcntl(line, F_SETFL, O_NONBLOCK)) return 2;
  moat_config config = {&moat_posix_platform, &posix, &modem, &line, work, sizeof work, 0};
  moat_auth auth = {&moat_auth_none, moat_str(argv[2]), {NULL, 0}};
  moat_refresh_grant g = {.refresh_token = {token, strcspn(token, "\n")}};
  g.grant = (moat_grant){
      .endpoint = &endpoint, .auth = &auth, .access = access, .access_size = sizeof access};
  int r = moat_url_split(argv[1], strlen(argv[1]), url, sizeof url, &endpoint);
  if (!r) r = moat_init(&client, &config);
  if (!r) r = moat_refresh_begin(&client, &g);
  if (!r) r = moat_run(&client);
  fprintf(r ? stderr : stdout, "%s\n", r ? moat_error_text(r) : access);
  moat_cancel(&client);
  moat_wipe(access, sizeof access);
  moat_wipe(token, sizeof token);
  return r ? 1 : 0;
}
