/* secure_element TOKEN_URL ROOT.der CLIENT_ID AUDIENCE KEY.pem
 *
 * A machine gets a token by client credentials (RFC 6749 4.4). It proves who it is by a key that
 * never leaves a secure element (private_key_jwt, RFC 7523 2.2). The element here is a mock whose
 * key is in a file. On a board, chip_sign() talks to the driver, and the moat_signer is a constant:
 * {&chip_ops, &chip, &moat_jose_crypto_mbedtls, NULL, MOAT_ES256, 64}. */
#include <moat/key.h>
#include <moat_posix.h>
#include <stdio.h>
#include <string.h>

static char work[8192], access_token[4096];
static moat_posix posix;
static moat_posix_net net;
static moat_tls_context context;
static moat_tls tls;
static moat_client client;

/* ---- The secure element ---- */

typedef struct {
  uint8_t hash[48]; /* what it signs at the moment */
  bool busy;
  unsigned left; /* how often it still has to be asked */
  moat_key key;  /* a real one has no memory that firmware could read */
  moat_signer inside;
} secure_element;

/* Never waits. The first call gives the element its command; later ones ask whether it is done. If
 * an exchange was given up meanwhile, another hash comes, and the command begins anew. */
static int chip_sign(void *ctx, int alg, const uint8_t *hash, size_t n, uint8_t *out, size_t size) {
  secure_element *chip = ctx;
  if (!chip->busy || memcmp(chip->hash, hash, n) != 0) {
    memcpy(chip->hash, hash, n);
    chip->busy = true;
    chip->left = 10;
  }
  if (chip->left--) return MOAT_WANT_TIME;
  chip->busy = false;
  return chip->inside.ops->sign(chip->inside.ctx, alg, hash, n, out, size);
}

static const moat_signer_ops chip_ops = {.sign = chip_sign};

/* ---- The machine ---- */

static int get_token(const moat_endpoint *endpoint, moat_span root, const moat_auth *auth) {
  moat_config config = {&moat_posix_platform, &posix, &moat_tls_stream, &tls, work, sizeof work, 0};
  moat_client_credentials_grant g = {.grant = {.endpoint = endpoint,
                                               .auth = auth,
                                               .access = access_token,
                                               .access_size = sizeof access_token}};
  int r = moat_tls_init(&context, &moat_posix_platform, &posix);
  if (!r) r = moat_tls_add_root_der(&context.roots, root.p, root.n);
  if (!r) r = moat_tls_setup(&tls, &context, &moat_posix_stream, &net);
  if (!r) r = moat_init(&client, &config);
  if (!r) r = moat_client_credentials_begin(&client, &g);
  return r ? r : moat_run(&client);
}

static moat_span read_file(const char *path, char *memory, size_t size) {
  FILE *file = fopen(path, "rb");
  size_t n = file ? fread(memory, 1, size - 1, file) : 0;
  if (file) fclose(file);
  memory[n] = 0; /* for PEM */
  return (moat_span){memory, n};
}

int main(int argc, char **argv) {
  static char url[512], der[4096], pem[4096];
  static secure_element chip;
  moat_endpoint endpoint;
  if (argc != 6) return 2;
  int r = moat_posix_open(&posix, NULL);
  size_t n = read_file(argv[5], pem, sizeof pem).n + 1;
  if (!r) r = moat_key_load(&chip.key, pem, n, &moat_posix_platform, &posix);
  moat_wipe(pem, sizeof pem);
  if (!r) r = moat_key_signer(&chip.key, 0, &chip.inside);
  moat_signer signer = chip.inside;
  signer.ops = &chip_ops;
  signer.ctx = &chip;
  moat_jwt_auth jwt = {.auth = {.ops = &moat_auth_private_key_jwt, .client_id = moat_str(argv[3])},
                       .signer = &signer,
                       .audience = moat_str(argv[4])};
  if (!r) r = moat_url_split(argv[1], strlen(argv[1]), url, sizeof url, &endpoint);
  if (!r) r = get_token(&endpoint, read_file(argv[2], der, sizeof der), &jwt.auth);
  if (r)
    fprintf(stderr, "%s (%d)\n", moat_error_text(r), (int)moat_error(&client)->port_code);
  else
    puts(access_token);
  moat_cancel(&client);
  moat_wipe(access_token, sizeof access_token);
  moat_key_free(&chip.key);
  moat_tls_free(&context);
  return r ? 1 : 0;
}
