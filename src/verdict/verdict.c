/* Judges the meaning of an answer. Only this file draws conclusions from a status, the name of an
 * OAuth error or a provider's number. The library, the program and the firmware image ask it and
 * have no rules of their own. tests/field/README.md has the same table for people. */
#include "moat/moat.h"
#include "../text/text.h"
#include "verdict.h"

#include <string.h>

/* The shortest pause, in seconds, for a server in trouble. */
#define PAUSE_S 30

/* ---- Names ---- */

/* OAuth errors by cause (RFC 6749 4.1.2.1 and 5.2, RFC 8628 3.5, RFC 8707 2, OpenID Connect Core
 * 3.1.2.6, RFC 9470 3, and names that providers invented). A NUL follows each. */
static const char *const named[] = {
    [MOAT_CAUSE_GRANT] = "invalid_grant\0bad_refresh_token\0invalid_refresh_token\0"
                         "invalid_code\0bad_verification_code\0incorrect_device_code\0"
                         "code_already_used\0invalid_token\0token_revoked\0"
                         "authorization_expired\0",
    [MOAT_CAUSE_EXPIRED] = "expired_token\0",
    [MOAT_CAUSE_PERSON] = "interaction_required\0login_required\0account_selection_required\0"
                          "insufficient_user_authentication\0insufficient_claims\0",
    [MOAT_CAUSE_CONSENT] = "consent_required\0",
    [MOAT_CAUSE_REFUSED] = "access_denied\0authorization_declined\0",
    [MOAT_CAUSE_CLIENT] = "invalid_client\0incorrect_client_credentials\0"
                          "bad_client_secret\0invalid_client_id\0unauthorized\0",
    [MOAT_CAUSE_REGISTRATION] = "unauthorized_client\0forbidden\0",
    [MOAT_CAUSE_SCOPE] = "invalid_scope\0invalid_resource\0invalid_target\0"
                         "insufficient_scope\0",
    [MOAT_CAUSE_GRANT_TYPE] = "unsupported_grant_type\0",
    [MOAT_CAUSE_REQUEST] = "invalid_request\0",
    [MOAT_CAUSE_DEVICE_FLOW] = "device_flow_disabled\0",
    [MOAT_CAUSE_BUSY] = "temporarily_unavailable\0service_unavailable\0server_error\0"
                        "internal_error\0fatal_error\0unknown_error\0"
                        "rate_limit_exceeded\0ratelimited\0",
    [MOAT_CAUSE_PENDING] = "authorization_pending\0",
    [MOAT_CAUSE_SLOW_DOWN] = "slow_down\0",
};

/* Some servers add an explanation to the name: "invalid_grant: the token is expired". */
static moat_span first_word(moat_span error) {
  size_t n = 0;
  while (n < error.n && error.p[n] != ':' && error.p[n] != ' ')
    n++;
  return (moat_span){error.p, n};
}

static uint8_t cause_of_name(moat_span error) {
  moat_span word = first_word(error);
  for (uint8_t cause = 0; cause < sizeof named / sizeof *named; cause++)
    for (const char *name = named[cause]; name && *name; name += strlen(name) + 1)
      if (moat__is_nocase(word, name)) return cause;
  return MOAT_CAUSE_NONE;
}

/* 50196: the same request came too often. */
bool moat__passes_by_number(int32_t code) {
  static const int32_t passing[] = {40010, 50033, 50087, 50196, 70012, 90006,
                                    90012, 90024, 90033, 90055, 90090, 90091};
  for (unsigned i = 0; i < sizeof passing / sizeof *passing; i++)
    if (passing[i] == code) return true;
  return false;
}

/* ---- Causes ---- */

static bool worked_before(const moat_error_info *e) {
  return e->asked == MOAT_ASKED_REFRESH || e->asked == MOAT_ASKED_POLL ||
         e->asked == MOAT_ASKED_UNATTENDED;
}

static bool is_trouble(int status) {
  return status >= 500 || status == 429 || status == 408;
}

static bool is_redirect(int status) {
  return status >= 300 && status < 400;
}

bool moat__status_is_enough(int status) {
  return is_redirect(status) || is_trouble(status);
}

/* Neither the name nor a number is known, so the status and the kind of body have to decide. Even
 * an unknown name shows that the token endpoint answered. The request of a profile that never
 * worked is the first suspect then. */
static uint8_t cause_of_status(const moat_error_info *e) {
  int status = e->status;
  uint8_t refused = e->asked == MOAT_ASKED_REFRESH ? MOAT_CAUSE_UNKNOWN : MOAT_CAUSE_REQUEST;
  if (status > 403 || status == 402) return MOAT_CAUSE_URL;
  if (e->error.n) return refused;
  if (status == 401 && e->secret) return MOAT_CAUSE_CLIENT;
  return status == 403 || e->body == MOAT_BODY_OTHER ? MOAT_CAUSE_URL : refused;
}

/* A token endpoint never answers with a redirect or a 511 (RFC 6585 6). So somebody else answered,
 * and their error names mean nothing here. */
static uint8_t cause_of_answer(const moat_error_info *e) {
  uint8_t cause = cause_of_name(e->error);
  bool poll = e->asked == MOAT_ASKED_POLL;
  bool waits = cause == MOAT_CAUSE_PENDING || cause == MOAT_CAUSE_SLOW_DOWN;
  if (is_redirect(e->status) || e->status == 511) return MOAT_CAUSE_PORTAL;
  if (waits) return poll ? cause : MOAT_CAUSE_BUSY;
  if (is_trouble(e->status) || moat__passes_by_number(e->provider_code)) return MOAT_CAUSE_BUSY;
  if (cause == MOAT_CAUSE_EXPIRED && !poll) return MOAT_CAUSE_GRANT;
  return cause ? cause : cause_of_status(e);
}

/* No server was reached, so nothing is said about the grant. A proxy that cannot reach the server,
 * or resolve its name, answers with a 5xx. A 2xx was followed by something that is not TLS, and a 0
 * was not HTTP. Of wrong credentials, tinyproxy says 401. */
static uint8_t cause_of_proxy(int32_t status) {
  if (status == 407 || status == 401) return MOAT_CAUSE_PROXY_LOGIN;
  if (status < 400 || status == 511) return MOAT_CAUSE_PORTAL;
  return is_trouble(status) ? MOAT_CAUSE_NETWORK : MOAT_CAUSE_PROXY;
}

/* Alerts about the client itself (RFC 8446 6.2): another try would end in the same way. */
static bool alert_stays(int32_t alert) {
  return alert == 40 || (alert >= 42 && alert <= 49) || alert == 70 || alert == 71 || alert == 86 ||
         (alert >= 109 && alert <= 120);
}

/* Causes of results that need no other information. Any other result is the device's. */
#define AT(code) [MOAT_E_MISUSE - (code)]
static const uint8_t by_code[] = {
    AT(MOAT_E_CANCEL) = MOAT_CAUSE_NONE,     AT(MOAT_E_TIMEOUT) = MOAT_CAUSE_NETWORK,
    AT(MOAT_E_CLOCK) = MOAT_CAUSE_CLOCK,     AT(MOAT_E_EMPTY) = MOAT_CAUSE_EMPTY,
    AT(MOAT_E_FOREIGN) = MOAT_CAUSE_FOREIGN, AT(MOAT_E_LOST) = MOAT_CAUSE_LOST,
    AT(MOAT_E_LATER) = MOAT_CAUSE_BUSY,      AT(MOAT_E_BUSY) = MOAT_CAUSE_NETWORK,
    AT(MOAT_E_DNS) = MOAT_CAUSE_NETWORK,     AT(MOAT_E_CONNECT) = MOAT_CAUSE_NETWORK,
    AT(MOAT_E_NETWORK) = MOAT_CAUSE_NETWORK, AT(MOAT_E_EOF) = MOAT_CAUSE_NETWORK,
    AT(MOAT_E_TLS) = MOAT_CAUSE_NETWORK,     AT(MOAT_E_CERT) = MOAT_CAUSE_CERTIFICATE,
    AT(MOAT_E_CERT_DATE) = MOAT_CAUSE_DATE,  AT(MOAT_E_HTTP) = MOAT_CAUSE_PORTAL,
    AT(MOAT_E_JSON) = MOAT_CAUSE_PORTAL,     AT(MOAT_E_REPLY) = MOAT_CAUSE_URL,
    AT(MOAT_E_TYPE) = MOAT_CAUSE_URL,        AT(MOAT_E_DENIED) = MOAT_CAUSE_REFUSED,
    AT(MOAT_E_EXPIRED) = MOAT_CAUSE_EXPIRED, AT(MOAT_E_URL) = MOAT_CAUSE_URL,
    AT(MOAT_E_ISSUER) = MOAT_CAUSE_URL};

static uint8_t cause_of(const moat_error_info *e) {
  unsigned i = (unsigned)(MOAT_E_MISUSE - e->code);
  if (e->code == MOAT_E_OAUTH || e->code == MOAT_E_STATUS) return cause_of_answer(e);
  if (e->code == MOAT_E_PROXY) return cause_of_proxy(e->port_code);
  /* An unknown cause, perhaps of a later version, only means a pause. */
  if (e->code == MOAT_E_LATER && e->remembered && e->remembered <= MOAT_CAUSE_DEVICE)
    return e->remembered;
  if (e->code == MOAT_E_REPLY && moat__passes_by_number(e->provider_code)) return MOAT_CAUSE_BUSY;
  if (e->code == MOAT_E_TLS && alert_stays(e->port_code)) return MOAT_CAUSE_TLS;
  /* Before a request, a damaged record was read. After it, a record could not be written. */
  if (e->code == MOAT_E_STORE && !e->asked) return MOAT_CAUSE_EMPTY;
  /* The headers did not end: no buffer would have been large enough. */
  if (e->code == MOAT_E_SPACE && e->body == MOAT_BODY_DROPPED && !e->status)
    return MOAT_CAUSE_PORTAL;
  if (e->code == MOAT_OK || e->code == MOAT_E_CANCEL) return MOAT_CAUSE_NONE;
  return i < sizeof by_code && by_code[i] ? by_code[i] : MOAT_CAUSE_DEVICE;
}

/* ---- What is needed ---- */

static const uint8_t needs[] = {[MOAT_CAUSE_NONE] = MOAT_NEED_NOTHING,
                                [MOAT_CAUSE_GRANT] = MOAT_NEED_SIGN_IN,
                                [MOAT_CAUSE_EMPTY] = MOAT_NEED_SIGN_IN,
                                [MOAT_CAUSE_LOST] = MOAT_NEED_SIGN_IN,
                                [MOAT_CAUSE_EXPIRED] = MOAT_NEED_SIGN_IN,
                                [MOAT_CAUSE_PERSON] = MOAT_NEED_SIGN_IN,
                                [MOAT_CAUSE_CONSENT] = MOAT_NEED_SIGN_IN,
                                [MOAT_CAUSE_REFUSED] = MOAT_NEED_SIGN_IN,
                                [MOAT_CAUSE_UNKNOWN] = MOAT_NEED_SIGN_IN,
                                [MOAT_CAUSE_CLIENT] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_REGISTRATION] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_SCOPE] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_GRANT_TYPE] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_REQUEST] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_DEVICE_FLOW] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_FOREIGN] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_URL] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_CERTIFICATE] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_TLS] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_PROXY] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_PROXY_LOGIN] = MOAT_NEED_PROFILE,
                                [MOAT_CAUSE_PORTAL] = MOAT_NEED_WAIT,
                                [MOAT_CAUSE_BUSY] = MOAT_NEED_WAIT,
                                [MOAT_CAUSE_NETWORK] = MOAT_NEED_WAIT,
                                [MOAT_CAUSE_DATE] = MOAT_NEED_WAIT,
                                [MOAT_CAUSE_CLOCK] = MOAT_NEED_CLOCK,
                                [MOAT_CAUSE_DEVICE] = MOAT_NEED_DEVICE,
                                [MOAT_CAUSE_PENDING] = MOAT_NEED_PENDING,
                                [MOAT_CAUSE_SLOW_DOWN] = MOAT_NEED_SLOW_DOWN};

/* As long as nothing has worked, a wrong URL is as likely as a portal in the way. A client that
 * works without a person has nobody to sign in: its key, secret or registration has to change. */
static uint8_t need_of(const moat_error_info *e, uint8_t cause) {
  if (cause == MOAT_CAUSE_PORTAL && !worked_before(e)) return MOAT_NEED_PROFILE;
  bool has_nobody = e->asked == MOAT_ASKED_UNATTENDED || e->asked == MOAT_ASKED_REGISTRATION;
  if (has_nobody && needs[cause] == MOAT_NEED_SIGN_IN) return MOAT_NEED_PROFILE;
  return needs[cause];
}

/* The server sent a complete answer without a token. After a gateway's 5xx, the server behind it
 * may still have issued one. A server of TLS 1.3 refuses a client's certificate after the request
 * was sent, but without reading it (RFC 8446 4.4.2.4). */
static bool is_definite(const moat_error_info *e, uint8_t cause) {
  /* gcc -Os takes 340 bytes more for these two conditions in one. */
  if (e->code == MOAT_E_TLS && e->status) return false;
  if (e->code == MOAT_E_TLS) return cause == MOAT_CAUSE_TLS;
  bool refused = e->code == MOAT_E_OAUTH || e->code == MOAT_E_STATUS || e->code == MOAT_E_DENIED ||
                 e->code == MOAT_E_EXPIRED || (e->code == MOAT_E_SPACE && e->status >= 300);
  return refused && e->status < 500;
}

static uint32_t pause_of(const moat_error_info *e) {
  return e->retry_after < PAUSE_S && e->code != MOAT_E_LATER ? PAUSE_S : e->retry_after;
}

moat_verdict moat_judge(const moat_error_info *e) {
  uint8_t cause = cause_of(e), need = need_of(e, cause);
  bool dead = cause == MOAT_CAUSE_GRANT && e->asked == MOAT_ASKED_REFRESH;
  return (moat_verdict){.need = need,
                        .cause = cause,
                        .definite = is_definite(e, cause),
                        .dead = dead || cause == MOAT_CAUSE_LOST,
                        .seconds = need == MOAT_NEED_WAIT ? pause_of(e) : 0};
}
