/* The set-up of examples/two_tasks.c and examples/many.c: the endpoint, the client and the roots
 * that all their accounts share. */
#ifndef SETUP_H
#define SETUP_H

#include <moat/account.h>
#include <moat/tls.h>
#include <moat_posix.h>
#include <stdio.h>
#include <string.h>

/* For the sizes of account_config(). The last part is for the stored access token. */
enum { ACCOUNT_MEMORY = MOAT_ACCOUNT_MEMORY(8192, 4096, 2048, 1024) + 4096 };

static struct {
  moat_posix platform;
  moat_stream_ops stream;
  moat_tls_context context;
  moat_endpoint endpoint;
  moat_auth auth;
  moat_span provider;
  char url[512], pem[1 << 20];
} shared;

/* The folder keeps TLS sessions. Without one they stay in memory, with the connection. */
static inline int set_up(const char *token_url, const char *roots_pem, const char *client_id,
                         const char *folder) {
  FILE *f = fopen(roots_pem, "rb");
  size_t n = f ? fread(shared.pem, 1, sizeof shared.pem, f) : 0;
  if (f) fclose(f);
  shared.auth = (moat_auth){.ops = &moat_auth_none, .client_id = moat_str(client_id)};
  shared.provider = moat_str(token_url);
  shared.stream = moat_tls_resuming_stream;
  if (!folder) shared.stream.session_load = shared.stream.session_save = NULL;
  int r = moat_posix_open(&shared.platform, folder);
  if (!r)
    r = moat_url_split(token_url, strlen(token_url), shared.url, sizeof shared.url,
                       &shared.endpoint);
  if (!r) r = moat_tls_init(&shared.context, &moat_posix_platform, &shared.platform);
  if (!r) r = moat_tls_add_roots_pem(&shared.context.roots, shared.pem, n);
  return r < 0 ? r : 0;
}

static inline moat_account_config account_config(moat_posix *platform, moat_tls *tls) {
  return (moat_account_config){.platform = &moat_posix_platform,
                               .platform_ctx = platform,
                               .stream = &shared.stream,
                               .io = tls,
                               .token_endpoint = &shared.endpoint,
                               .provider = shared.provider,
                               .auth = &shared.auth,
                               .access_size = 4096,
                               .refresh_size = 2048,
                               .text_size = 1024,
                               .keep_access = true};
}

#endif
