/* blocking TOKEN_URL ROOT.der CLIENT_ID < REFRESH_TOKEN
 *
 * A blocking refresh. All buffers are static. On a board the endpoint is a constant, the root lies
 * in flash, and the platform is another one. The rest is the same. */
#include <moat/moat.h>
#include <moat/tls.h>
#include <moat_posix.h>
#include <stdio.h>
#include <string.h>

static char work[8192], access_token[4096];
static moat_posix posix;
static moat_posix_net net;
static moat_tls_context context;
static moat_tls tls;
static moat_client client;

static int refresh(const moat_endpoint *endpoint, moat_span root, moat_span id, moat_span token) {
  moat_config config = {&moat_posix_platform, &posix, &moat_tls_stream, &tls, work, sizeof work, 0};
  moat_auth auth = {.ops = &moat_auth_none, .client_id = id};
  moat_refresh_grant g = {.grant = {.endpoint = endpoint,
                                    .auth = &auth,
                                    .access = access_token,
                                    .access_size = sizeof access_token},
                          .refresh_token = token};
  int r = moat_posix_open(&posix, NULL);
  if (!r) r = moat_tls_init(&context, &moat_posix_platform, &posix);
  if (!r) r = moat_tls_add_root_der(&context.roots, root.p, root.n);
  if (!r) r = moat_tls_setup(&tls, &context, &moat_posix_stream, &net);
  if (!r) r = moat_init(&client, &config);
  if (!r) r = moat_refresh_begin(&client, &g);
  if (!r) r = moat_run(&client); /* and if there is a g.grant.token.refresh_token, store it */
  return r;
}

int main(int argc, char **argv) {
  static char url[512], der[4096], token[4096];
  moat_endpoint endpoint;
  if (argc != 4 || !fgets(token, sizeof token, stdin)) return 2;
  FILE *file = fopen(argv[2], "rb");
  size_t n = file ? fread(der, 1, sizeof der, file) : 0;
  if (file) fclose(file);
  int r = moat_url_split(argv[1], strlen(argv[1]), url, sizeof url, &endpoint);
  if (!r)
    r = refresh(&endpoint, (moat_span){der, n}, moat_str(argv[3]),
                (moat_span){token, strcspn(token, "\n")});
  if (r)
    fprintf(stderr, "%s (%d)\n", moat_error_text(r), (int)moat_error(&client)->port_code);
  else
    puts(access_token);
  moat_cancel(&client); /* wipes what the server sent */
  moat_wipe(access_token, sizeof access_token);
  moat_wipe(token, sizeof token);
  moat_tls_free(&context);
  return r ? 1 : 0;
}
