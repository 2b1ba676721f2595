// A sketch in C++11: a class that has an access token ready, in the loop of a board. The board's own
// part (platform, stream) is that of any port. Members of moat_account_config are set one by one,
// because C++11 has no designated initializers.
#include <moat/account.h>
#include <moat/tls.h>

class Tokens {
public:
  Tokens(const moat_platform &p, void *ctx, const moat_stream_ops &stream, void *stream_io)
      : platform(p), platform_ctx(ctx), lower(stream), io(stream_io) {}
  Tokens(const Tokens &) = delete; // Moat borrows the addresses of its members
  Tokens &operator=(const Tokens &) = delete;
  ~Tokens() {
    moat_account_wipe(&account);
    moat_tls_close(&tls);
    moat_tls_free(&context);
  }

  // The root is in flash, and stays there.
  int begin(const char *token_url, const char *client_id, const void *root, size_t root_size) {
    int r = moat_url_split(token_url, moat_str(token_url).n, url, sizeof url, &endpoint);
    if (!r) r = moat_tls_init(&context, &platform, platform_ctx);
    if (!r) r = moat_tls_add_root_der(&context.roots, root, root_size);
    if (!r) r = moat_tls_setup(&tls, &context, &lower, io);
    if (r) return r;
    auth.ops = &moat_auth_none;
    auth.client_id = moat_str(client_id);
    config.platform = &platform;
    config.platform_ctx = platform_ctx;
    config.stream = &moat_tls_resuming_stream;
    config.io = &tls;
    config.token_endpoint = &endpoint;
    config.provider = moat_str(token_url);
    config.auth = &auth;
    config.access_size = 2048;
    config.refresh_size = 2048;
    config.text_size = 512;
    return moat_account_open(&account, &config, memory, sizeof memory);
  }

  // Call it in each turn of the loop. True if there is a token; false while it is fetched, or after
  // an error, which verdict() explains.
  bool ready() {
    int r = busy ? moat_account_step(&account) : moat_account_token(&account);
    busy = moat_is_want(r) || (r == 0 && !busy);
    return r == 0 && !busy;
  }

  moat_span access() { return moat_account_access(&account); }
  moat_verdict verdict() { return moat_judge(moat_account_error(&account)); }

private:
  const moat_platform &platform;
  void *platform_ctx;
  const moat_stream_ops &lower;
  void *io;
  bool busy = false;
  char url[256] = {}, memory[MOAT_ACCOUNT_MEMORY(4096, 2048, 2048, 512)] = {};
  moat_endpoint endpoint{};
  moat_auth auth{};
  moat_account_config config{};
  moat_tls_context context{};
  moat_tls tls{};
  moat_account account{};
};
