/* From a failed exchange to a line that says what happened, lines that say what to do, and an exit
 * status that a script can act on. Servers' texts are shown, never believed: the status follows
 * from the OAuth error, and from numbers only where that is too broad. */
#include "report.h"

#include "roots.h"
#include "term.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_SIZE = 1024, ID_SIZE = 65 };

/* OAuth errors, and what a person does about them (RFC 6749 4.1.2.1 and 5.2, OpenID Connect Core
 * 3.1.2.6, and names of a provider's own). */
static const struct {
  const char *error;
  int status;
  const char *advice;
} oauth_errors[] = {
    {"invalid_grant", CLI_SIGN_IN, "What was stored or pasted is no longer valid."},
    {"interaction_required", CLI_SIGN_IN, "The provider wants to see a person."},
    {"login_required", CLI_SIGN_IN, "The provider wants to see a person."},
    {"consent_required", CLI_SIGN_IN, "Somebody has to consent to what the client asks for."},
    {"access_denied", CLI_SIGN_IN, "The sign-in was refused, by the person or by a policy."},
    {"invalid_client", CLI_PROFILE, "Check client_id, the client secret and auth in the profile."},
    {"unauthorized_client", CLI_PROFILE, "The registration does not allow this grant."},
    {"invalid_scope", CLI_PROFILE, "Correct scope in the profile."},
    {"unsupported_grant_type", CLI_PROFILE, "Check token_url in the profile."},
    {"unsupported_response_type", CLI_PROFILE, "The registration does not allow codes."},
    {"invalid_request", CLI_PROFILE, "Compare the profile with the registration."},
    {"invalid_resource", CLI_PROFILE, "Correct scope in the profile."},
    {"redirect_uri_mismatch", CLI_PROFILE, "Compare redirect_uri with the registration."},
    {"device_flow_disabled", CLI_PROFILE, "Allow the device flow in the settings of the app."},
    {"bad_refresh_token", CLI_SIGN_IN, "What was stored is no longer valid."},
    {"bad_verification_code", CLI_SIGN_IN, "The code has expired or was used before."},
    {"incorrect_client_credentials", CLI_PROFILE, "Check client_id and the client secret."},
    {"temporarily_unavailable", CLI_LATER, "Try again later."},
    {"server_error", CLI_LATER, "Try again later."},
};

/* Entra's numbers choose a status only where the OAuth error is too broad to. */
static int provider_status(int32_t code) {
  static const struct {
    int32_t code;
    int status;
  } known[] = {{7000218, CLI_PROFILE}, {7000215, CLI_PROFILE}, {7000222, CLI_PROFILE},
               {700025, CLI_PROFILE},  {50033, CLI_LATER},     {50087, CLI_LATER},
               {90006, CLI_LATER},     {90012, CLI_LATER},     {90024, CLI_LATER},
               {90033, CLI_LATER},     {90055, CLI_LATER}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].code == code) return known[i].status;
  return CLI_OK;
}

/* 408: the server did not wait for the request, so it did not act on it. */
static bool is_retryable(int http_status) {
  return http_status == 429 || http_status == 408 || http_status >= 500;
}

/* The first line of a description, safe to print. */
static const char *first_line(moat_span s, char out[TEXT_SIZE]) {
  size_t n = 0;
  while (n < s.n && s.p[n] != '\r' && s.p[n] != '\n')
    n++;
  term_clean((moat_span){s.p, n}, out, TEXT_SIZE);
  return out;
}

/* Entra's support asks for it. */
static bool correlation_id(moat_span s, char out[ID_SIZE]) {
  static const char mark[] = "Correlation ID: ";
  size_t at = 0, n = 0;
  while (at + sizeof mark - 1 <= s.n && memcmp(s.p + at, mark, sizeof mark - 1) != 0)
    at++;
  for (at += sizeof mark - 1; at + n < s.n && n < ID_SIZE - 1; n++) {
    if (!s.p[at + n] || !strchr("0123456789abcdefABCDEF-", s.p[at + n])) break;
    out[n] = s.p[at + n];
  }
  out[n] = '\0';
  return n > 0;
}

/* The commands to type, with the NAME in them. */
static void hint_sign_in(const account *a, int status) {
  const char *name = a->options.name;
  if (status == CLI_SIGN_IN) hint("Sign in again: moat login %s", name);
}

static void hint_retry(const moat_error_info *e) {
  if (e->retry_after) hint("The server asks to wait %lu seconds.", (unsigned long)e->retry_after);
}

/* The line has what the server said; the advice is by Entra's number where it has one. */
static int report_oauth(account *a, const moat_error_info *e) {
  static char error[TEXT_SIZE], text[TEXT_SIZE], id[ID_SIZE];
  const char *advice = moat_provider_advice(e->provider_code);
  int status = provider_status(e->provider_code), by_error = CLI_FAILED;
  term_clean(e->error, error, sizeof error);
  for (size_t i = 0; i < sizeof oauth_errors / sizeof *oauth_errors; i++) {
    if (!moat_span_equal(e->error, moat_str(oauth_errors[i].error))) continue;
    by_error = oauth_errors[i].status;
    if (!advice) advice = oauth_errors[i].advice;
  }
  if (!status) status = is_retryable(e->status) ? CLI_LATER : by_error;
  first_line(e->description, text);
  say(status, "%s: the server says %s%s%s", a->options.name, error, text[0] ? ": " : "", text);
  if (advice) hint("%s", advice);
  hint_retry(e);
  hint_sign_in(a, status);
  if (!advice && status == CLI_FAILED) hint("Its documentation says what this error means.");
  if (correlation_id(e->description, id)) hint("Correlation id for support: %s", id);
  if (e->provider_code)
    hint("More: https://login.microsoftonline.com/error?code=%ld", (long)e->provider_code);
  return status;
}

static int report_status(account *a, const moat_error_info *e) {
  int status = is_retryable(e->status) ? CLI_LATER : CLI_PROFILE;
  say(status, "%s: %s answered with HTTP status %d and no OAuth error", a->options.name,
      a->server->host, e->status);
  if (e->status >= 300 && e->status < 400)
    hint("It points elsewhere, which is never followed: check %s, and whether this network asks "
         "for a sign-in of its own.",
         profile_key(a->server_key));
  else if (status == CLI_PROFILE)
    hint("Check %s in the profile: %s", profile_key(a->server_key),
         a->profile.value[a->server_key]);
  else
    hint("Try again later.");
  hint_retry(e);
  return status;
}

/* ---- Network and TLS ---- */

/* Exit status 5: trying again will not help, another --ca or token URL may. */
static int report_certificate(account *a, const moat_error_info *e) {
  say(CLI_PROFILE, "the certificate of %s was refused: %s", a->server->host,
      roots_certificate_text(e->port_code));
  hint("%s", roots_certificate_advice(e->port_code));
  return CLI_PROFILE;
}

/* What a server means by its alert (RFC 8446 6.2), and what Mbed TLS by its number. */
static const char *tls_text(int32_t code) {
  switch (code) {
  case MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE:
    return "it has no version, cipher or key in common, or wants a certificate of the client";
  case MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION: return "it has no version of TLS in common";
  case MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME: return "it does not know that name";
  case 116 /* certificate_required */: return "it wants a certificate of the client";
  case MBEDTLS_ERR_SSL_INVALID_RECORD: return "what it sent is not TLS";
  default: return code > 0 ? "it does not say why" : "it broke the rules of TLS";
  }
}

/* Exit status 4: what breaks a handshake is the way there more often than either end. */
static int report_tls(account *a, const moat_error_info *e) {
  const char *host = a->server->host, *why = tls_text(e->port_code);
  if (e->port_code > 0)
    say(CLI_LATER, "%s refused the TLS connection: %s (alert %d)", host, why, (int)e->port_code);
  else
    say(CLI_LATER, "TLS with %s failed: %s (Mbed TLS -0x%04x)", host, why, (unsigned)-e->port_code);
  hint("Check %s, and whether something between here and there changes connections.",
       profile_key(a->server_key));
  return CLI_LATER;
}

/* The port's number is an errno, or of the resolver. */
static const char *network_text(int result, int32_t code) {
  if (result == MOAT_E_DNS && code) return gai_strerror((int)code);
  if (result != MOAT_E_DNS && code > 0) return strerror((int)code);
  return moat_error_text(result);
}

static int report_network(account *a, int result, const moat_error_info *e) {
  const char *verb = result == MOAT_E_DNS       ? "cannot resolve"
                     : result == MOAT_E_CONNECT ? "cannot connect to"
                                                : "lost the connection to";
  say(CLI_LATER, "%s %s port %u: %s", verb, a->server->host, a->server->port,
      network_text(result, e->port_code));
  hint("Try again later.");
  return CLI_LATER;
}

/* ---- The stored grant ---- */

static int report_lost(account *a, const moat_error_info *e) {
  if (e->sent) {
    (void)report_oauth(a, e);
  } else {
    say(CLI_SIGN_IN, "the refresh token of %s may be spent", a->options.name);
    hint("Other software shares the grant, so it is not tried again: that could end it for both.");
    hint("To try all the same: moat refresh %s --shared no", a->options.name);
    hint_sign_in(a, CLI_SIGN_IN);
  }
  hint("An earlier refresh was interrupted, and its answer with the next refresh token was lost.");
  return CLI_SIGN_IN;
}

static int report_later(account *a, const moat_error_info *e) {
  say(CLI_LATER, "%s: the server asked for a pause", a->options.name);
  hint("It is over in %lu s. `moat refresh %s` does not wait for that.",
       (unsigned long)e->retry_after, a->options.name);
  return CLI_LATER;
}

/* ---- The rest ---- */

static int report_answer(account *a, int result, const moat_error_info *e) {
  char status[32] = "";
  if (e->status) (void)snprintf(status, sizeof status, " (HTTP status %d)", e->status);
  say(CLI_FAILED, "%s answered%s, but %s", a->server->host, status, moat_error_text(result));
  if (result == MOAT_E_TYPE || result == MOAT_E_REPLY)
    hint("Check %s in the profile. If it is right, this server's answers are not for Moat.",
         profile_key(a->server_key));
  else
    hint("Check %s in the profile, and whether this network asks for a sign-in of its own.",
         profile_key(a->server_key));
  return CLI_FAILED;
}

/* What is left is about this machine: its time, its clock, its memory. */
static int report_other(account *a, int result, const moat_error_info *e) {
  int status = result == MOAT_E_TIMEOUT ? CLI_LATER : CLI_FAILED;
  say(status, "%s: %s", a->options.name, moat_error_text(result));
  if (result == MOAT_E_TIMEOUT)
    hint("It had %lu s in all. Try again later, or with a longer --timeout.",
         (unsigned long)(a->options.timeout_ms / 1000));
  if (result == MOAT_E_CLOCK) hint("Set the clock of this machine first.");
  if (result == MOAT_E_SPACE && e->needed)
    hint("%lu bytes would have done. Please report it.", (unsigned long)e->needed);
  return status;
}

/* A failing slot shows as the errno of the port; the network has its own. */
int report_exchange(account *a, int result) {
  const moat_error_info *e = moat_error(&a->client);
  switch (result) {
  case MOAT_E_OAUTH: return report_oauth(a, e);
  case MOAT_E_LOST: return report_lost(a, e);
  case MOAT_E_LATER: return report_later(a, e);
  case MOAT_E_STATUS: return report_status(a, e);
  case MOAT_E_CERT: return report_certificate(a, e);
  case MOAT_E_TLS: return report_tls(a, e);
  case MOAT_E_DNS:
  case MOAT_E_CONNECT:
  case MOAT_E_NETWORK:
  case MOAT_E_EOF: return report_network(a, result, e);
  case MOAT_E_HTTP:
  case MOAT_E_JSON:
  case MOAT_E_REPLY:
  case MOAT_E_TYPE: return report_answer(a, result, e);
  default: break;
  }
  return a->posix.error ? account_state_failed(a, result) : report_other(a, result, e);
}

/* In a redirect the number comes in the text alone. */
static int32_t provider_code(moat_span text) {
  static const char mark[] = "AADSTS";
  size_t n = sizeof mark - 1;
  int32_t code = 0;
  if (text.n < n || memcmp(text.p, mark, n) != 0) return 0;
  for (; n < text.n && text.p[n] >= '0' && text.p[n] <= '9' && code < 100000000; n++)
    code = code * 10 + (text.p[n] - '0');
  return code;
}

int report_redirect(account *a, const moat_redirect *redirect) {
  moat_error_info e = {.error = redirect->error, .description = redirect->description};
  e.provider_code = provider_code(e.description);
  return report_oauth(a, &e);
}

/* A gateway's 5xx may hide that the server behind it did answer. */
bool report_is_definite(const account *a, int result) {
  const moat_error_info *e = moat_error(&a->client);
  return result == MOAT_E_OAUTH || result == MOAT_E_LOST ||
         (result == MOAT_E_STATUS && e->status < 500);
}
