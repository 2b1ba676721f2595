/* refresh PORT ROOTS [STATE]: one refresh with Moat against the bench server, for counting
 * instructions. With a state folder its TLS session is kept there, and resumed. */
#include "moat_posix.h"

#include <stdio.h>
#include <stdlib.h>

#include "moat/moat.h"
#include "moat/tls.h"
#include "token_text.h"

static char roots[4096], work[16384], access_token[4096], url_memory[300];
static moat_posix_net net;
static moat_posix platform;
static moat_tls_context context;
static moat_tls tls;
static char session_record[MOAT_TLS_RECORD];
static moat_client client;

static size_t read_file(const char *path, char *to, size_t size) {
  FILE *f = fopen(path, "rb");
  size_t n = f ? fread(to, 1, size, f) : 0;
  if (f) fclose(f);
  return n;
}

int main(int argc, char **argv) {
  moat_endpoint endpoint;
  char url[100];
  if (argc != 3 && argc != 4) return 2;
  const char *state = argv[3];
  int n = snprintf(url, sizeof url, "https://localhost:%s/common/oauth2/v2.0/token", argv[1]);
  if (moat_url_split(url, (size_t)n, url_memory, sizeof url_memory, &endpoint) < 0) return 2;
  if (moat_posix_open(&platform, state) < 0) return 1;
  if (moat_tls_init(&context, &moat_posix_platform, &platform) < 0) return 1;
  if (moat_tls_add_roots_pem(&context, roots, read_file(argv[2], roots, sizeof roots)) < 1)
    return 1;
  if (moat_tls_setup(&tls, &context, &moat_posix_stream, &net) < 0) return 1;
  const moat_stream_ops *stream = state ? &moat_tls_resuming_stream : &moat_tls_stream;
  int loaded =
      state ? stream->session_load(&tls, session_record, sizeof session_record) : MOAT_E_EMPTY;
  if (loaded < 0 && loaded != MOAT_E_EMPTY) return 1;
  moat_config config = {.platform = &moat_posix_platform,
                        .platform_ctx = &platform,
                        .stream = stream,
                        .io = &tls,
                        .work = work,
                        .work_size = sizeof work};
  if (moat_init(&client, &config) < 0) return 1;
  moat_auth auth = {&moat_auth_post, moat_str(CLIENT_ID), moat_str(CLIENT_SECRET)};
  moat_refresh_grant grant = {.grant = {.endpoint = &endpoint,
                                        .auth = &auth,
                                        .access = access_token,
                                        .access_size = sizeof access_token},
                              .refresh_token = moat_str(refresh_token()),
                              .scope = moat_str(SCOPE)};
  if (moat_refresh_begin(&client, &grant) < 0) return 1;
  int r = moat_run(&client);
  if (r < 0) fprintf(stderr, "%s %d\n", moat_error_text(r), (int)moat_error(&client)->port_code);
  bool whole = r == 0 && grant.grant.token.access_token.n == 2200 &&
               grant.grant.token.refresh_token.n == 1199;
  moat_cancel(&client);
  if (state && stream->session_save(&tls, session_record, sizeof session_record) < 0) return 1;
  moat_tls_close(&tls);
  moat_tls_free(&context);
  return whole ? 0 : 1;
}
