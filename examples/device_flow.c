/* device_flow DEVICE_URL TOKEN_URL ROOT.der CLIENT_ID FOLDER
 *
 * Signs in without a browser (RFC 8628). The account stores the grant in a folder. It stores a
 * pending code as well, so a restart resumes the sign-in. */
#include <moat/account.h>
#include <moat/tls.h>
#include <moat_posix.h>
#include <stdio.h>
#include <string.h>

static char memory[MOAT_ACCOUNT_MEMORY(8192, 4096, 2048, 2048)];
static char device_url[512], token_url[512], der[4096];
static moat_posix platform;
static moat_posix_net net;
static moat_tls_context context;
static moat_tls tls;
static moat_endpoint device, token;
static moat_auth auth = {.ops = &moat_auth_none};
static moat_account account;
static moat_account_config config;

/* The texts come from the server. Clean them before they reach a terminal, as the program `moat`
 * does. A display of its own simply shows the characters it has. */
static int show(void *ctx, const moat_device_prompt *p) {
  (void)ctx;
  printf("Open %.*s\nand enter the code %.*s\n", (int)p->verification_uri.n, p->verification_uri.p,
         (int)p->user_code.n, p->user_code.p);
  return fflush(stdout) ? MOAT_E_PORT : MOAT_OK;
}

static int open_account(const char *provider, size_t root_size, const char *folder) {
  config = (moat_account_config){.platform = &moat_posix_platform,
                                 .platform_ctx = &platform,
                                 .stream = &moat_tls_stream,
                                 .io = &tls,
                                 .token_endpoint = &token,
                                 .device_endpoint = &device,
                                 .provider = moat_str(provider),
                                 .scope = moat_str("offline_access files.read"),
                                 .auth = &auth,
                                 .show = show,
                                 .access_size = 4096,
                                 .refresh_size = 2048,
                                 .text_size = 2048};
  int r = moat_posix_open(&platform, folder);
  if (!r) r = moat_tls_init(&context, &moat_posix_platform, &platform);
  if (!r) r = moat_tls_add_root_der(&context.roots, der, root_size);
  if (!r) r = moat_tls_setup(&tls, &context, &moat_posix_stream, &net);
  return r ? r : moat_account_open(&account, &config, memory, sizeof memory);
}

int main(int argc, char **argv) {
  FILE *file = argc == 6 ? fopen(argv[3], "rb") : NULL;
  if (!file) return 2;
  size_t n = fread(der, 1, sizeof der, file);
  fclose(file);
  auth.client_id = moat_str(argv[4]);
  int r = moat_url_split(argv[1], strlen(argv[1]), device_url, sizeof device_url, &device);
  if (!r) r = moat_url_split(argv[2], strlen(argv[2]), token_url, sizeof token_url, &token);
  if (!r) r = open_account(argv[2], n, argv[5]);
  if (!r) r = moat_account_sign_in(&account);
  if (!r) r = moat_account_run(&account);
  if (r)
    fprintf(stderr, "%s (%d)\n", moat_error_text(r), (int)moat_account_error(&account)->port_code);
  else
    puts("Signed in; the grant is stored.");
  moat_account_wipe(&account);
  moat_tls_free(&context);
  moat_posix_close(&platform);
  return r ? 1 : 0;
}
