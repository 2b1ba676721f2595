/* Two tasks on one account. Each has an account object, a connection and memory of its own. A mutex
 * is the lock between them. The task that waited finds the token that the other one got.
 *
 *   two_tasks TOKEN_URL ROOT.pem CLIENT_ID STATE_FOLDER */
#include <moat/account.h>
#include <moat/tls.h>
#include <moat_posix.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t account_mutex = PTHREAD_MUTEX_INITIALIZER;
static moat_posix posix;
static moat_platform platform; /* that of the POSIX port with another lock */
static moat_tls_context context;
static moat_endpoint endpoint;
static moat_auth auth;
static char roots_pem[65536], url_memory[512];

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
  char memory[MOAT_ACCOUNT_MEMORY(8192, 4096, 2048, 1024) + 4096];
  const char *name, *token_url;
  int result;
} task;

static void *run(void *p) {
  task *t = p;
  t->config = (moat_account_config){.platform = &platform,
                                    .platform_ctx = &posix,
                                    .stream = &moat_tls_resuming_stream,
                                    .io = &t->tls,
                                    .token_endpoint = &endpoint,
                                    .provider = moat_str(t->token_url),
                                    .auth = &auth,
                                    .access_size = 4096,
                                    .refresh_size = 2048,
                                    .text_size = 1024,
                                    .keep_access = true};
  int r = moat_tls_setup(&t->tls, &context, &moat_posix_stream, &t->net);
  if (!r) r = moat_account_open(&t->account, &t->config, t->memory, sizeof t->memory);
  if (!r) r = moat_account_token(&t->account);
  if (!r) r = moat_account_run(&t->account);
  if (!r) printf("%s: %s\n", t->name, moat_account_access(&t->account).p);
  if (r) fprintf(stderr, "%s: %s\n", t->name, moat_error_text(r));
  moat_account_cancel(&t->account);
  t->result = r;
  return NULL;
}

static int start(char **arg) {
  FILE *f = fopen(arg[2], "rb");
  size_t n = f ? fread(roots_pem, 1, sizeof roots_pem, f) : 0;
  if (f) fclose(f);
  platform = moat_posix_platform;
  platform.lock = lock;
  platform.unlock = unlock;
  auth = (moat_auth){&moat_auth_none, moat_str(arg[3]), {NULL, 0}};
  int r = moat_posix_open(&posix, arg[4]);
  if (!r) r = moat_url_split(arg[1], strlen(arg[1]), url_memory, sizeof url_memory, &endpoint);
  if (!r) r = moat_tls_init(&context, &moat_posix_platform, &posix);
  return r ? r : moat_tls_add_roots_pem(&context.roots, roots_pem, n);
}

int main(int argc, char **argv) {
  static task tasks[2] = {{.name = "first"}, {.name = "second"}};
  pthread_t threads[2];
  if (argc != 5 || start(argv) < 0) return 2;
  for (int i = 0; i < 2; i++) {
    tasks[i].token_url = argv[1];
    pthread_create(&threads[i], NULL, run, &tasks[i]);
  }
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
  return tasks[0].result || tasks[1].result;
}
