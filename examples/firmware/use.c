/* Uses the access token: a GET to the provider's service, over the same stream. Moat only does
 * sign-ins, so the few lines of HTTP here belong to the image. */
#include "account.h"

#include "board.h"
#include "console.h"
#include "network.h"
#include "settings.h"

#include <string.h>

enum { PATIENCE_MS = 10000 };

static uint32_t began;

/* Waits for the result that a call wants. Returns false if waiting makes no sense any more. */
static bool again(int r) {
  if (r != MOAT_WANT_READ && r != MOAT_WANT_WRITE && r != MOAT_WANT_TIME) return false;
  if (board_ms() - began > PATIENCE_MS || !network_link()) return false;
  if (r != MOAT_WANT_TIME) (void)moat_tls_resuming_stream.wait(&account_tls.connection, r, 100);
  return true;
}

static int connect(void) {
  int r;
  do
    r = moat_tls_resuming_stream.connect(&account_tls.connection, settings.api.host,
                                         settings.api.port);
  while (again(r));
  return r;
}

static int send(const char *p, size_t n) {
  while (n > 0) {
    int r = moat_tls_resuming_stream.send(&account_tls.connection, p, n);
    if (r < 0 && !again(r)) return r;
    if (r < 0) continue;
    p += r;
    n -= (size_t)r;
  }
  return MOAT_OK;
}

static char *append(char *to, const char *text) {
  size_t n = strlen(text);
  memcpy(to, text, n);
  return to + n;
}

/* The request is written to the work buffer, which is unused now. Its size limits the request. */
static int request(void) {
  const char *parts[] = {"GET ",
                         settings.api.path,
                         " HTTP/1.1\r\nHost: ",
                         settings.api.host,
                         "\r\nAuthorization: Bearer ",
                         moat_account_access(&account.moat).p,
                         "\r\nConnection: close\r\n\r\n"};
  char *to = account_memory;
  size_t n = 0;
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    n += strlen(parts[i]);
  if (n > WORK_SIZE) return MOAT_E_SPACE;
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; i++)
    to = append(to, parts[i]);
  int r = send(account_memory, n);
  moat_wipe(account_memory, n);
  return r;
}

/* Only the status line matters here: "HTTP/1.1 200". */
static int status(void) {
  enum { LINE = 12 };
  char *line = account_memory;
  for (size_t n = 0; n < LINE;) {
    int r = moat_tls_resuming_stream.recv(&account_tls.connection, line + n, LINE - n);
    if (r < 0 && !again(r)) return r;
    if (r > 0) n += (size_t)r;
  }
  if (memcmp(line, "HTTP/1.", 7) != 0) return MOAT_E_HTTP;
  return (line[9] - '0') * 100 + (line[10] - '0') * 10 + line[11] - '0';
}

int use(void) {
  moat_account_cancel(&account.moat);
  began = board_ms();
  int r = connect();
  if (r == MOAT_OK) r = request();
  if (r == MOAT_OK) r = status();
  moat_tls_resuming_stream.close(&account_tls.connection);
  if (r < 0) return r;
  say("service: answered ");
  say_number(r);
  say(r == 200 ? ", the access token is accepted\n" : ", the access token is refused\n");
  return r == 200 ? MOAT_OK : MOAT_E_STATUS;
}
