/* device_flow DEVICE_URL TOKEN_URL ROOT.der CLIENT_ID FOLDER
 *
 * Signs in without a browser (RFC 8628) and stores the grant in a folder. A pending code is stored
 * as well, so that a restart resumes the sign-in. */
#include <moat/moat.h>
#include <moat/store.h>
#include <moat/tls.h>
#include <moat_posix.h>
#include <stdio.h>
#include <string.h>

static char work[8192], access_token[4096], answer[2048], pending[2048], record[8192];
static moat_posix platform;
static moat_posix_net net;
static moat_tls_context context;
static moat_tls tls;
static moat_client client;
static moat_store store;
static moat_device_grant grant;
static moat_auth auth = {.ops = &moat_auth_none};

/* The texts come from the server. Clean them before they reach a terminal, as the program `moat`
 * does. A display of its own simply shows the characters it has. */
static int print_prompt(const moat_device_prompt *p) {
  printf("Open %.*s\nand enter the code %.*s\n", (int)p->verification_uri.n, p->verification_uri.p,
         (int)p->user_code.n, p->user_code.p);
  return fflush(stdout) ? MOAT_E_PORT : MOAT_OK;
}

/* The code is durable before anybody sees it. */
static int show(void *ctx, moat_device_prompt *prompt) {
  (void)ctx;
  int r = moat_device_save(prompt, auth.client_id, &moat_posix_platform, &platform, pending,
                           sizeof pending);
  return r ? r : print_prompt(prompt);
}

static int sign_in(const moat_endpoint *device, const moat_endpoint *token, moat_span provider) {
  const moat_span scope = moat_str("offline_access files.read");
  int r = moat_store_load(&store); /* a new sign-in replaces what is there, good or damaged */
  if (r && r != MOAT_E_EMPTY && r != MOAT_E_STORE) return r;
  moat_store_renew(&store, MOAT_HOW_DEVICE, provider, auth.client_id, scope);
  grant = (moat_device_grant){.grant = {.endpoint = token,
                                        .auth = &auth,
                                        .access = access_token,
                                        .access_size = sizeof access_token,
                                        .keeper = &moat_store_keeper,
                                        .keeper_ctx = &store},
                              .device_endpoint = device,
                              .scope = scope,
                              .memory = answer,
                              .memory_size = sizeof answer,
                              .show = show};
  r = moat_device_load(&grant.prompt, auth.client_id, &moat_posix_platform, &platform, answer,
                       sizeof answer);
  r = r ? MOAT_OK : print_prompt(&grant.prompt); /* without a usable code, the begin asks for one */
  if (!r) r = moat_device_begin(&client, &grant);
  if (!r) r = moat_run(&client);
  if (grant.prompt.device_code.n) return r; /* the code is still good: the next start resumes it */
  int erased = moat_posix_platform.slot_erase(&platform, MOAT_SLOT_PENDING);
  return r ? r : erased;
}

static int connect_with(moat_span root, const char *folder) {
  moat_config config = {&moat_posix_platform, &platform, &moat_tls_stream, &tls, work,
                        sizeof work,          0};
  int r = moat_posix_open(&platform, folder);
  if (!r) r = moat_tls_init(&context, &moat_posix_platform, &platform);
  if (!r) r = moat_tls_add_root_der(&context.roots, root.p, root.n);
  if (!r) r = moat_tls_setup(&tls, &context, &moat_posix_stream, &net);
  if (!r) r = moat_init(&client, &config);
  moat_store_init(&store, &moat_posix_platform, &platform, record, sizeof record);
  return r;
}

int main(int argc, char **argv) {
  static char device_url[512], token_url[512], der[4096];
  moat_endpoint device, token;
  if (argc != 6) return 2;
  FILE *file = fopen(argv[3], "rb");
  size_t n = file ? fread(der, 1, sizeof der, file) : 0;
  if (file) fclose(file);
  auth.client_id = moat_str(argv[4]);
  int r = moat_url_split(argv[1], strlen(argv[1]), device_url, sizeof device_url, &device);
  if (!r) r = moat_url_split(argv[2], strlen(argv[2]), token_url, sizeof token_url, &token);
  if (!r) r = connect_with((moat_span){der, n}, argv[5]);
  if (!r) r = sign_in(&device, &token, moat_str(argv[2]));
  if (r)
    fprintf(stderr, "%s (%d)\n", moat_error_text(r), (int)moat_error(&client)->port_code);
  else
    puts("Signed in; the grant is stored.");
  moat_cancel(&client);
  moat_tls_free(&context);
  moat_posix_close(&platform);
  moat_wipe(record, sizeof record);
  moat_wipe(access_token, sizeof access_token);
  moat_wipe(answer, sizeof answer);
  return r ? 1 : 0;
}
