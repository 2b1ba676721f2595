/* many TOKEN_URL ROOTS.pem CLIENT_ID FOLDER COUNT GAP_MS
 *
 * Many accounts in one thread: gets a token for each of FOLDER/0, FOLDER/1 and so on. A lane takes
 * one account after another, so at most LANES connections are open. The gaps between the starts are
 * random, GAP_MS on average, so a server does not meet all accounts at once. */
#include "setup.h"

#include <stdlib.h>
#include <unistd.h>

enum { LANES = 16, MOST = 10000 };

typedef struct {
  moat_account account;
  moat_account_config config;
  moat_posix platform;
  moat_posix_net net;
  moat_tls tls; /* keeps its session for the next account */
  char memory[ACCOUNT_MEMORY];
  int number; /* of the account; -1: none */
  uint32_t step_ms;
} lane;

static lane lanes[LANES];
static struct pollfd fds[LANES];
static int queue[MOST], next, count, left, failed;
static uint32_t start_ms, gap_ms; /* no account starts before start_ms */

static int start(lane *l, uint32_t now) {
  uint32_t n;
  char folder[16];
  l->number = queue[next++];
  snprintf(folder, sizeof folder, "%d", l->number);
  int r = moat_posix_open(&l->platform, folder);
  if (!r) r = moat_posix_platform.random(&l->platform, &n, sizeof n);
  if (!r) start_ms = now + n % (2 * gap_ms + 1);
  if (!r) r = moat_account_open(&l->account, &l->config, l->memory, sizeof l->memory);
  return r ? r : moat_account_token(&l->account);
}

/* Trouble that may pass is nearly always that of the server or the network, such as a 429 with
 * Retry-After. So the account goes back to the queue, and none starts for that time. */
static void finish(lane *l, int r, uint32_t now) {
  moat_verdict v = moat_judge(moat_account_error(&l->account));
  uint32_t later_ms = now + 1000 * v.seconds;
  if (r && v.need == MOAT_NEED_WAIT) {
    queue[--next] = l->number;
    if (start_ms < later_ms) start_ms = later_ms;
  } else {
    if (r) failed = fprintf(stderr, "%d: %s\n", l->number, moat_error_text(r));
    left--;
  }
  moat_account_wipe(&l->account); /* moat_account_access() is there until this line */
  moat_posix_close(&l->platform);
  l->number = -1;
}

/* Takes the lane's next step, if it is due, and returns the time of the one after it. */
static uint32_t turn(lane *l, struct pollfd *p, uint32_t now) {
  bool is_free = l->number < 0;
  if (is_free) l->step_ms = next < count ? start_ms : UINT32_MAX;
  if (now < l->step_ms && !p->revents) return l->step_ms;
  int r = is_free ? start(l, now) : 0;
  if (!r) r = moat_account_step(&l->account);
  uint32_t a = moat_account_wait_ms(&l->account), b = moat_posix_wait_ms(&l->net);
  l->step_ms = moat_is_want(r) ? now + (a < b ? a : b) : now;
  p->fd = r == MOAT_WANT_READ || r == MOAT_WANT_WRITE ? moat_posix_fd(&l->net) : -1;
  p->events = r == MOAT_WANT_WRITE ? POLLOUT : POLLIN;
  if (!moat_is_want(r)) finish(l, r, now);
  return l->step_ms;
}

int main(int argc, char **argv) {
  if (argc != 7 || set_up(argv[1], argv[2], argv[3], NULL) || chdir(argv[4])) return 2;
  for (int i = 0; i < LANES; i++) {
    lane *l = &lanes[i];
    l->config = account_config(&l->platform, &l->tls);
    l->number = -1;
    if (moat_tls_setup(&l->tls, &shared.context, &moat_posix_stream, &l->net)) return 2;
  }
  gap_ms = (uint32_t)atoi(argv[6]);
  count = left = atoi(argv[5]);
  if (count > MOST) return 2;
  for (int i = 0; i < count; i++)
    queue[i] = i;
  uint32_t began = moat_posix_platform.ticks_ms(NULL), now = 0;
  while (left) {
    uint32_t wake = now + 1000;
    for (int i = 0; i < LANES; i++) {
      uint32_t step_ms = turn(&lanes[i], &fds[i], now);
      if (step_ms < wake) wake = step_ms;
    }
    poll(fds, LANES, wake > now ? (int)(wake - now) : 0);
    now = moat_posix_platform.ticks_ms(NULL) - began;
  }
  return failed != 0;
}
