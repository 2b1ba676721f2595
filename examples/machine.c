/* machine TOKEN_URL AUDIENCE ROOT.der CLIENT_ID KEY.pem FOLDER
 *
 * A device that nobody signs in for: client credentials (RFC 6749 4.4), proved by a key that stays
 * on the device (RFC 7523). Prints an access token; FOLDER keeps it while it is valid. On a board
 * the signer is a secure element's. The rest is the same. */
#include <moat/account.h>
#include <moat/key.h>
#include <moat/tls.h>
#include <moat_posix.h>
#include <stdio.h>
#include <string.h>

static char memory[MOAT_ACCOUNT_MEMORY(8192, 4096, 0, 1024) + 4096];
static char url[512], der[4096], pem[8192];
static moat_posix platform;
static moat_posix_net net;
static moat_tls_context context;
static moat_tls tls;
static moat_key key;
static moat_signer signer;
static moat_endpoint token;
static moat_account account;
static moat_jwt_auth auth = {.auth.ops = &moat_auth_private_key_jwt, .signer = &signer};
static const moat_unattended credentials = {&moat_unattended_client_credentials};

static moat_account_config config = {.platform = &moat_posix_platform,
                                     .platform_ctx = &platform,
                                     .stream = &moat_tls_stream,
                                     .io = &tls,
                                     .token_endpoint = &token,
                                     .auth = &auth.auth,
                                     .unattended = &credentials,
                                     .scope = {"files.read", 10},
                                     .access_size = 4096,
                                     .text_size = 1024,
                                     .keep_access = true};

static size_t read_file(const char *path, char *p, size_t size) {
  FILE *file = fopen(path, "rb");
  size_t n = file ? fread(p, 1, size, file) : 0;
  if (file) fclose(file);
  return n;
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  size_t n = read_file(argv[3], der, sizeof der), size = read_file(argv[5], pem, sizeof pem - 1);
  config.provider = moat_str(argv[1]); /* the stored token is this one's; see `revision`, too */
  auth.audience = moat_str(argv[2]);
  auth.auth.client_id = moat_str(argv[4]);
  int r = moat_url_split(argv[1], strlen(argv[1]), url, sizeof url, &token);
  if (!r) r = moat_posix_open(&platform, argv[6]);
  if (!r) r = moat_tls_init(&context, &moat_posix_platform, &platform);
  if (!r) r = moat_tls_add_root_der(&context.roots, der, n);
  if (!r) r = moat_tls_setup(&tls, &context, &moat_posix_stream, &net);
  if (!r) r = moat_key_load(&key, pem, size + 1, &moat_posix_platform, &platform);
  moat_wipe(pem, sizeof pem);
  if (!r) r = moat_key_signer(&key, 0, &signer);
  if (!r) r = moat_account_open(&account, &config, memory, sizeof memory);
  if (!r) r = moat_account_token(&account);
  if (!r) r = moat_account_run(&account);
  fprintf(r ? stderr : stdout, "%s\n", r ? moat_error_text(r) : moat_account_access(&account).p);
  moat_account_wipe(&account);
  moat_key_free(&key);
  moat_tls_free(&context);
  moat_posix_close(&platform);
  return r ? 1 : 0;
}
