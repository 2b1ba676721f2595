/* Assignments for a shell to source. Each variable is set each time, so that none keeps its value
 * from another grant. A missing value becomes the empty string. */
#include "export.h"

#include "../terminal/term.h"
#include "../terminal/write_output.h"

#include <string.h>

/* Within single quotes a shell changes nothing, so only the quote itself needs an escape. */
static void put_line(const char *name, moat_span value) {
  output_string(name);
  output_string("='");
  for (size_t i = 0; i < value.n; i++)
    if (value.p[i] == '\'')
      output_string("'\\''");
    else
      output_bytes(value.p + i, 1);
  output_string("'\n");
}

static void put(const exported *e) {
  char expires[TIME_SIZE] = "";
  if (e->access_token.n) (void)time_stamp(e->expires, expires);
  put_line("REFRESH_TOKEN", e->refresh_token);
  put_line("CLIENT_ID", e->client_id);
  put_line("CLIENT_SECRET", e->client_secret);
  put_line("TOKEN_URL", e->token_url);
  put_line("SCOPE", e->scope);
  put_line("ACCESS_TOKEN", e->access_token);
  put_line("EXPIRES_AT", moat_str(expires));
}

const export_format export_env = {"env", false, false, put, NULL};
