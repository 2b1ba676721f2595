/* Config.toml of Ballerina's OneDrive connector. */
#include "export.h"

#include "../terminal/term.h"
#include "../terminal/write_output.h"

#include <stdio.h>
#include <string.h>

/* One character of a basic string (TOML 1.0). */
static void put_escaped(char c) {
  static const char plain[] = "\"\\\b\t\n\f\r", letters[] = "\"\\btnfr";
  const char *at = c ? strchr(plain, c) : NULL;
  char text[8] = {c};
  if (at)
    output_bytes((const char[]){'\\', letters[at - plain]}, 2);
  else if ((unsigned char)c < ' ' || c == 0x7f)
    output_bytes(text, (size_t)snprintf(text, sizeof text, "\\u%04x", (unsigned)c));
  else
    output_bytes(text, 1);
}

static void put_line(const char *key, moat_span value) {
  output_string(key);
  output_string(" = \"");
  for (size_t i = 0; i < value.n; i++)
    put_escaped(value.p[i]);
  output_string("\"\n");
}

static void put(const exported *e) {
  put_line("refreshToken", e->refresh_token);
  put_line("clientId", e->client_id);
  put_line("clientSecret", e->client_secret);
}

/* In the connector's sample, refreshUrl keeps its default: Entra's common tenant. */
static void advise(const exported *e) {
  static const char usual[] = "https://login.microsoftonline.com/common/oauth2/v2.0/token";
  if (moat_span_equal(e->token_url, moat_str(usual))) return;
  say(CLI_OK, "warning: the program must set refreshUrl, for this is not Entra's common tenant:");
  hint("refreshUrl: \"%.*s\"", (int)e->token_url.n, e->token_url.p);
}

const export_format export_ballerina = {"ballerina", true, true, put, advise};
