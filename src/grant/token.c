/* Reads every answer of a token endpoint, good or bad. A bad member does not spoil the others: a
 * refresh token counts even if the access token beside it is unusable. */
#include "token.h"

#include <string.h>

#include "../json/json.h"
#include "../text/text.h"
#include "../verdict/verdict.h"

enum {
  ACCESS,
  TYPE,
  EXPIRES,
  EXPIRES_FORM,
  REFRESH,
  SCOPE,
  ID,
  ISSUED,
  ERROR,
  DESCRIPTION,
  CODES,
  CLAIMS,
  INTERVAL,
  DEVICE,
  MEMBERS
};

static const moat__member members[MEMBERS] = {
    [ACCESS] = {"access_token", MOAT__VSCHAR},
    [TYPE] = {"token_type", MOAT__STRING},
    [EXPIRES] = {"expires_in", MOAT__NUMBER | MOAT__STRING},
    [EXPIRES_FORM] = {"expires", 0}, /* Stack Exchange's name */
    [REFRESH] = {"refresh_token", MOAT__VSCHAR},
    [SCOPE] = {"scope", MOAT__STRING | MOAT__LIST},
    [ID] = {"id_token", MOAT__STRING},
    [ISSUED] = {"issued_token_type", MOAT__STRING},
    [ERROR] = {"error", MOAT__STRING},
    [DESCRIPTION] = {"error_description", MOAT__STRING},
    [CODES] = {"error_codes", MOAT__NUMBER | MOAT__STRING | MOAT__LIST},
    [CLAIMS] = {"claims", MOAT__STRING}, /* Entra's, with interaction_required */
    [INTERVAL] = {"interval", MOAT__NUMBER | MOAT__STRING},
    [DEVICE] = {"device_code",
                MOAT__VSCHAR} /* read elsewhere; listed so that a form with it is recognized */
};

/* The number at the start of a text, or 0. */
static int32_t leading_number(moat_span s) {
  int32_t v = 0;
  for (size_t i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
    if (v >= INT32_MAX / 10) return 0;
    v = v * 10 + (s.p[i] - '0');
  }
  return v;
}

int32_t moat_provider_code(moat_span description) {
  static const char prefix[] = {'A', 'A', 'D', 'S', 'T', 'S'};
  size_t n = sizeof prefix;
  if (description.n < n || memcmp(description.p, prefix, n) != 0) return 0;
  return leading_number((moat_span){description.p + n, description.n - n});
}

/* The provider's number counts even if the `error` is unusable. If there are several, the first one
 * counts, unless another one stands for trouble that passes. */
static void read_error(const moat_span *v, moat_error_info *e) {
  moat_span codes = v[CODES];
  e->error = v[ERROR];
  e->description = v[DESCRIPTION];
  e->claims = v[CLAIMS];
  e->provider_code = 0;
  while (codes.n) {
    int32_t code = leading_number(moat__take(&codes, ' '));
    if (!e->provider_code || moat__passes_by_number(code)) e->provider_code = code;
  }
  if (!e->provider_code) e->provider_code = moat_provider_code(e->description);
  e->interval = moat__json_seconds(v[INTERVAL]);
}

static void read_token(const moat_span *v, moat_token *t, int *access_error) {
  *t = (moat_token){.access_token = v[ACCESS],
                    .refresh_token = v[REFRESH],
                    .token_type = v[TYPE],
                    .scope = v[SCOPE],
                    .id_token = v[ID],
                    .issued_token_type = v[ISSUED]};
  t->expires_in = moat__json_seconds(v[v[EXPIRES].n ? EXPIRES : EXPIRES_FORM]);
  *access_error = 0;
  if (t->token_type.n && !moat__is_nocase(t->token_type, "bearer")) *access_error = MOAT_E_TYPE;
  if (!t->access_token.n) *access_error = MOAT_E_REPLY;
}

/* Only the status is left of a body that did not fit. In a 2xx only pages are dropped. */
static int judge_status(const moat_reply *r, int result) {
  if (r->status >= 200 && r->status < 300) return r->dropped ? MOAT_E_JSON : result;
  return result == MOAT_E_SPACE && !moat__status_is_enough(r->status) ? result : MOAT_E_STATUS;
}

int moat__token_read(const moat_reply *r, moat_token *t, int *access_error, moat_error_info *e) {
  moat_span v[MEMBERS];
  int result = moat__members_read(r, members, v, MEMBERS, e);
  if (!result) read_error(v, e);
  if (!result && v[ERROR].n) return MOAT_E_OAUTH;
  result = judge_status(r, result);
  if (!result) read_token(v, t, access_error);
  return result;
}
