/* The library alone: the refresh of a grant, with no account and no store but that of the TLS
 * session. The roots are read when a server sends its certificate, once in a process. token_text.h
 * has its arguments. */
#include "moat_posix.h"

#include <stdio.h>
#include <sys/stat.h>

#include "moat/moat.h"
#include "moat/tls.h"
#include "token_text.h"

static char bundle[1 << 20], work[16384], access_token[4096], url_memory[300];
static moat_posix_net net;
static moat_posix platform;
static moat_tls_context context;
static moat_tls tls;
static char session_record[MOAT_TLS_RECORD];
static moat_client client;
static moat_endpoint endpoint;

static void check(int r) {
  if (r >= 0) return;
  fprintf(stderr, "%s %d\n", moat_error_text(r), (int)moat_error(&client)->port_code);
  exit(1);
}

static size_t read_file(const char *path, char *to, size_t size) {
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(to, 1, size, f) : 0;
  if (f) fclose(f);
  return n;
}

static int read_roots(void *path, const moat_tls_roots **roots) {
  static moat_tls_roots all;
  static int count;
  if (!count) count = moat_tls_add_roots_pem(&all, bundle, read_file(path, bundle, sizeof bundle));
  *roots = &all;
  return count < 0 ? count : 0;
}

static void identify_roots(void *path, uint8_t hash[32]) {
  struct stat s;
  memset(hash, 0, 32);
  if (stat(path, &s) == 0) memcpy(hash, &s.st_mtim, sizeof s.st_mtim);
}

static const moat_tls_root_source root_source = {read_roots, identify_roots};

static void set_up(const bench_args *args, const moat_stream_ops *stream) {
  char url[100];
  int n = snprintf(url, sizeof url, "https://localhost:%s/common/oauth2/v2.0/token", args->port);
  check(moat_url_split(url, (size_t)n, url_memory, sizeof url_memory, &endpoint));
  check(moat_posix_open(&platform, args->state));
  check(moat_tls_init(&context, &moat_posix_platform, &platform));
  moat_tls_set_root_source(&context, &root_source, args->roots);
  check(moat_tls_setup(&tls, &context, &moat_posix_stream, &net));
  moat_config config = {.platform = &moat_posix_platform,
                        .platform_ctx = &platform,
                        .stream = stream,
                        .io = &tls,
                        .work = work,
                        .work_size = sizeof work};
  check(moat_init(&client, &config));
}

static void refresh(void) {
  moat_auth auth = {&moat_auth_post, moat_str(CLIENT_ID), moat_str(CLIENT_SECRET)};
  moat_refresh_grant grant = {.grant = {.endpoint = &endpoint,
                                        .auth = &auth,
                                        .access = access_token,
                                        .access_size = sizeof access_token},
                              .refresh_token = moat_str(refresh_token()),
                              .scope = moat_str(SCOPE)};
  check(moat_refresh_begin(&client, &grant));
  check(moat_run(&client));
  const moat_token *token = &grant.grant.token;
  if (token->access_token.n != 2200 || token->refresh_token.n != REFRESH_TOKEN) exit(1);
}

int main(int argc, char **argv) {
  bench_args args = read_args(argc, argv);
  const moat_stream_ops *stream = args.resumes ? &moat_tls_resuming_stream : &moat_tls_stream;
  set_up(&args, stream);
  if (args.resumes && args.state) {
    int r = stream->session_load(&tls, session_record, sizeof session_record);
    if (r != MOAT_E_EMPTY) check(r);
  }
  for (int i = 0; i < args.count; i++) {
    refresh();
    if (!args.keeps) moat_cancel(&client);
  }
  moat_cancel(&client);
  if (args.resumes && args.state)
    check(stream->session_save(&tls, session_record, sizeof session_record));
  moat_tls_close(&tls);
  moat_tls_free(&context);
  return 0;
}
