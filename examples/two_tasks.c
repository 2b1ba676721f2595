/* Two tasks on one account. Each has an account object, a connection and memory of its own. A mutex
 * is the lock between them. The task that waited finds the token that the other one got.
 *
 *   two_tasks TOKEN_URL ROOTS.pem CLIENT_ID STATE_FOLDER */
#include "setup.h"

#include <pthread.h>

static pthread_mutex_t account_mutex = PTHREAD_MUTEX_INITIALIZER;
static moat_platform platform; /* that of the POSIX port with another lock */

/* This is called repeatedly while another task holds the lock, so it must not block. */
static int lock(void *ctx) {
  (void)ctx;
  return pthread_mutex_trylock(&account_mutex) ? MOAT_WANT_TIME : 0;
}

static void unlock(void *ctx) {
  (void)ctx;
  pthread_mutex_unlock(&account_mutex);
}

typedef struct {
  moat_account account;
  moat_account_config config;
  moat_posix_net net;
  moat_tls tls;
  char memory[ACCOUNT_MEMORY];
  const char *name;
  int result;
} task;

static void *run(void *p) {
  task *t = p;
  t->config = account_config(&shared.platform, &t->tls);
  t->config.platform = &platform;
  int r = moat_tls_setup(&t->tls, &shared.context, &moat_posix_stream, &t->net);
  if (!r) r = moat_account_open(&t->account, &t->config, t->memory, sizeof t->memory);
  if (!r) r = moat_account_token(&t->account);
  if (!r) r = moat_account_run(&t->account);
  if (!r) printf("%s: %s\n", t->name, moat_account_access(&t->account).p);
  if (r) fprintf(stderr, "%s: %s\n", t->name, moat_error_text(r));
  moat_account_cancel(&t->account);
  t->result = r;
  return NULL;
}

int main(int argc, char **argv) {
  static task tasks[2] = {{.name = "first"}, {.name = "second"}};
  pthread_t threads[2];
  if (argc != 5 || set_up(argv[1], argv[2], argv[3], argv[4])) return 2;
  platform = moat_posix_platform;
  platform.lock = lock;
  platform.unlock = unlock;
  for (int i = 0; i < 2; i++)
    pthread_create(&threads[i], NULL, run, &tasks[i]);
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  return tasks[0].result || tasks[1].result;
}
