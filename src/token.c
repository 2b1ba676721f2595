#include "token.h"

#include <string.h>

#include "json.h"

enum { ACCESS, TYPE, EXPIRES, REFRESH, SCOPE, ID, ERROR, DESCRIPTION, CODES, MEMBERS };

static const char *const members[MEMBERS] = {
    "access_token", "token_type", "expires_in",        "refresh_token", "scope",
    "id_token",     "error",      "error_description", "error_codes"};

static bool is_absent(const moat_json_value *v) {
  return v->kind == MOAT_JSON_ABSENT || (v->kind == MOAT_JSON_STRING && !v->text.n);
}

/* The number after "AADSTS", or the first one in error_codes; 0 where it cannot be one. */
static int32_t provider_code(const moat_json_value *codes, moat_span text) {
  static const char prefix[] = {'A', 'A', 'D', 'S', 'T', 'S'};
  size_t at = sizeof prefix;
  int32_t code = 0;
  if (codes->kind == MOAT_JSON_ARRAY) {
    text = codes->text;
    at = 1;
  } else if (text.n < at || memcmp(text.p, prefix, at) != 0) {
    return 0;
  }
  for (; at < text.n && text.p[at] >= '0' && text.p[at] <= '9'; at++) {
    if (code >= INT32_MAX / 10) return 0;
    code = code * 10 + (text.p[at] - '0');
  }
  return code;
}

static int read_error(const moat_json_value *v, moat_error_info *e) {
  if (v[ERROR].kind != MOAT_JSON_STRING) return MOAT_E_REPLY;
  e->error = v[ERROR].text;
  if (v[DESCRIPTION].kind == MOAT_JSON_STRING) e->description = v[DESCRIPTION].text;
  e->provider_code = provider_code(&v[CODES], e->description);
  return MOAT_E_OAUTH;
}

/* An optional member that is text; anything else is noted in *late. */
static void read_text(const moat_json_value *v, moat_span *to, int *late) {
  if (v->kind == MOAT_JSON_STRING)
    *to = v->text;
  else if (v->kind != MOAT_JSON_ABSENT)
    *late = MOAT_E_REPLY;
}

/* Tokens are VSCHAR (RFC 6749 A.12, A.17): nothing else may get into a header or a file. */
static void read_vschar(const moat_json_value *v, moat_span *to, int *late) {
  read_text(v, to, late);
  for (size_t i = 0; i < to->n; i++) {
    if (to->p[i] >= 0x20 && to->p[i] <= 0x7e) continue;
    to->n = 0;
    *late = MOAT_E_REPLY;
  }
}

static void read_scope(moat_json_value *v, moat_span *to, int *late) {
  if (v->kind == MOAT_JSON_ARRAY) {
    int n = moat__json_join((char *)(uintptr_t)v->text.p, v->text.n);
    if (n >= 0) {
      v->kind = MOAT_JSON_STRING;
      v->text.n = (size_t)n;
    }
  }
  read_text(v, to, late);
}

static void read_token(moat_json_value *v, moat_token *t, int *late) {
  *t = (moat_token){.expires_in = -1};
  *late = 0;
  read_text(&v[TYPE], &t->token_type, late);
  if (t->token_type.n && !moat__is_nocase(t->token_type, "bearer")) *late = MOAT_E_TYPE;
  read_scope(&v[SCOPE], &t->scope, late);
  read_text(&v[ID], &t->id_token, late);
  if (v[EXPIRES].kind != MOAT_JSON_ABSENT) {
    t->expires_in = moat__json_seconds(v[EXPIRES].text);
    if (t->expires_in < 0) *late = MOAT_E_REPLY;
  }
  read_vschar(&v[ACCESS], &t->access_token, late);
  if (!t->access_token.n) *late = MOAT_E_REPLY;
  read_vschar(&v[REFRESH], &t->refresh_token, late);
}

int moat__token_read(const moat_reply *r, moat_token *t, int *late, moat_error_info *e) {
  moat_json_value v[MEMBERS];
  bool ok = r->status >= 200 && r->status < 300;
  int result = moat__json_read(r->body, r->body_size, r->scratch, r->scratch_size, members, v,
                               MEMBERS, &e->needed);
  if (!result && !is_absent(&v[ERROR])) return read_error(v, e);
  if (!ok && (!result || result == MOAT_E_JSON)) return MOAT_E_STATUS;
  if (!result) read_token(v, t, late);
  return result;
}
