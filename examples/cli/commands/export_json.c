/* The members have the names of RFC 6749 (2.3.1, 5.1), where it has them. There is no expires_in:
 * it would count from a time that the file does not tell. */
#include "export.h"

#include "../terminal/write_json.h"

static void put_text(const char *name, moat_span value) {
  if (value.n) json_text(name, value);
}

static void put(const exported *e) {
  json_begin();
  json_text("client_id", e->client_id);
  put_text("client_secret", e->client_secret);
  json_text("token_url", e->token_url);
  put_text("refresh_token", e->refresh_token);
  put_text("access_token", e->access_token);
  if (e->access_token.n) json_text("token_type", moat_str("Bearer"));
  if (e->access_token.n && e->expires) json_time("expires_at", e->expires);
  put_text("scope", e->scope);
  json_end();
}

const export_format export_json = {"json", false, true, put, NULL};
