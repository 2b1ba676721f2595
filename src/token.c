#include "token.h"

#include <string.h>

#include "json.h"

enum { ACCESS, TYPE, EXPIRES, REFRESH, SCOPE, ID, ERROR, DESCRIPTION, CODES, MEMBERS };

static const char *const members[MEMBERS] = {
    "access_token", "token_type", "expires_in",        "refresh_token", "scope",
    "id_token",     "error",      "error_description", "error_codes"};

/* Tokens are VSCHAR (RFC 6749 A.12, A.17): nothing else may get into a header or a file. */
static bool is_token(const moat_json_value *v) {
  if (v->kind != MOAT_JSON_STRING || !v->text.n) return false;
  for (size_t i = 0; i < v->text.n; i++)
    if (v->text.p[i] < 0x20 || v->text.p[i] > 0x7e) return false;
  return true;
}

static bool is_absent(const moat_json_value *v) {
  return v->kind == MOAT_JSON_ABSENT || (v->kind == MOAT_JSON_STRING && !v->text.n);
}

/* The number after "AADSTS", or the first one in error_codes. */
static int32_t provider_code(const moat_json_value *codes, moat_span text) {
  size_t skip = 6;
  if (codes->kind == MOAT_JSON_ARRAY) {
    text = codes->text;
    skip = 1;
  } else if (text.n < skip || memcmp(text.p, "AADSTS", skip) != 0) {
    return 0;
  }
  const char *start = text.p + skip, *end = start;
  while (end < text.p + text.n && *end >= '0' && *end <= '9')
    end++;
  int32_t code = moat__number((moat_span){start, (size_t)(end - start)}, INT32_MAX - 9);
  return code < 0 ? 0 : code;
}

static int read_error(const moat_json_value *v, moat_error_info *e) {
  if (v[ERROR].kind != MOAT_JSON_STRING) return MOAT_E_REPLY;
  e->error = v[ERROR].text;
  if (v[DESCRIPTION].kind == MOAT_JSON_STRING) e->description = v[DESCRIPTION].text;
  e->provider_code = provider_code(&v[CODES], e->description);
  return MOAT_E_OAUTH;
}

/* An optional member that is text; anything else is noted in *late. */
static moat_span text_of(const moat_json_value *v, int *late) {
  if (v->kind > MOAT_JSON_STRING) *late = MOAT_E_REPLY;
  return v->kind == MOAT_JSON_STRING ? v->text : (moat_span){NULL, 0};
}

static moat_span scope_of(moat_json_value *v, int *late) {
  if (v->kind == MOAT_JSON_ARRAY) {
    int n = moat__json_join((char *)(uintptr_t)v->text.p, v->text.n);
    if (n >= 0) return (moat_span){v->text.p, (size_t)n};
  }
  return text_of(v, late);
}

static void read_token(moat_json_value *v, moat_token *t, int *late) {
  t->token_type = text_of(&v[TYPE], late);
  if (t->token_type.n && !moat__equal_nocase(t->token_type, MOAT__LIT("bearer")))
    *late = MOAT_E_TYPE;
  t->scope = scope_of(&v[SCOPE], late);
  t->id_token = text_of(&v[ID], late);
  if (v[EXPIRES].kind != MOAT_JSON_ABSENT) {
    t->expires_in = moat__json_seconds(v[EXPIRES].text);
    if (t->expires_in < 0) *late = MOAT_E_REPLY;
  }
  if (is_token(&v[ACCESS]))
    t->access_token = v[ACCESS].text;
  else
    *late = MOAT_E_REPLY;
  if (is_token(&v[REFRESH]))
    t->refresh_token = v[REFRESH].text;
  else if (!is_absent(&v[REFRESH]))
    *late = MOAT_E_REPLY;
}

int moat__token_read(const moat_reply *r, moat_token *t, int *late, moat_error_info *e) {
  moat_json_value v[MEMBERS];
  bool ok = r->status >= 200 && r->status < 300;
  *t = (moat_token){.expires_in = -1};
  *late = 0;
  int result = moat__json_read(r->body, r->body_size, r->scratch, r->scratch_size, members, v,
                               MEMBERS, &e->needed);
  if (result == MOAT_E_JSON && !ok) return MOAT_E_STATUS;
  if (result < 0) return result;
  if (!is_absent(&v[ERROR])) return read_error(v, e);
  if (!ok) return MOAT_E_STATUS;
  read_token(v, t, late);
  return 0;
}
