/* Texts for people: what to do about Entra's AADSTS numbers. An image that prints no texts does not
 * link this file. */
#include "moat/moat.h"

static const char mfa[] = "Sign in again in a browser and complete the second factor there.";
static const char policy[] =
    "A policy of the organization blocks this sign-in; an administrator decides about it.";
static const char scope[] = "Correct the scope: names as registered, all of one resource.";
static const char malformed[] =
    "The request reached the server malformed: check the profile, then report it to Moat.";
static const char later[] = "The service is busy or in trouble. Try again later.";

enum { INVALID_GRANT = 70000 }; /* of a code or a refresh token alike */

static const struct {
  int32_t code;
  const char *text;
} advice[] = {
    {50011, "Register the redirect URI, to the letter and under the right platform."},
    {50012, "The assertion's signature does not fit: check certificate and thumbprint."},
    {50020, "This account is not in the tenant. Choose another account or another tenant."},
    {50033, later},
    {50072, mfa},
    {50074, mfa},
    {50076, mfa},
    {50078, mfa},
    {50079, mfa},
    {50087, later},
    {50147, "The PKCE challenge has the wrong size. Begin the sign-in anew."},
    {50173, "The grant was revoked, as after a new password. Sign in again."},
    {50194, "The app is for a single tenant: give that tenant in place of common."},
    {50196, "The server saw the same request too often. Stop retrying and keep the token."},
    {53000, policy},
    {53001, policy},
    {53003, policy},
    {54005, "The code was used before. Begin the sign-in anew; a redirect serves once."},
    {65001, "Nobody has consented to this scope. Sign in again with consent, or ask an admin to."},
    {65004, "Consent was declined. Sign in again and accept, or ask for less scope."},
    {INVALID_GRANT,
     "The code is not valid: it expired, was used, or is another client's. Sign in anew."},
    {70002, "The secret is wrong: take its Value. Without a secret, allow public client flows."},
    {70008, "The refresh token or code expired unused. Sign in again; refresh within 90 days."},
    {70011, scope},
    {70016, "Nobody has entered the device code yet. Keep waiting."},
    {70018, "The device code was mistyped. Enter it again."},
    {70019, "The device code has expired. Start anew."},
    {70043, "A policy wants frequent sign-ins. Sign in again; an admin can say how often."},
    {90002, "There is no such tenant: check the tenant's name and the cloud it is in."},
    {90006, later},
    {90012, later},
    {90014, malformed},
    {90023, "The request is not valid: a public client sends no secret; or report it to Moat."},
    {90024, later},
    {90033, later},
    {90038, "The account is in another national cloud: use the host of that cloud."},
    {90055, "The tenant is being throttled. Try again later, and less often."},
    {90094, "This scope needs an administrator's consent. Ask an admin, or ask for less."},
    {28002, scope},
    {28003, scope},
    {500011, "The tenant does not know this resource. Check the scope, or choose another tenant."},
    {500133, "The assertion is outside its time window: check the clock."},
    {501481, "The PKCE verifier does not fit the challenge. Begin the sign-in anew."},
    {501491, "The PKCE challenge has the wrong size. Begin the sign-in anew."},
    {530032, policy},
    {530035, policy},
    {700005, "The code was issued by another tenant. Use one tenant throughout."},
    {700016, "The tenant does not know this application: check client id, tenant and cloud."},
    {700022, "A token serves one resource. Ask for the scope of one at a time."},
    {700024, "The assertion is outside its time window: check the clock."},
    {700025, "A public client sends no secret: take it away, or register the redirect as Web."},
    {700027, "The assertion's signature does not fit: check certificate and thumbprint."},
    {700082, "The refresh token expired unused. Sign in again; refresh at least every 90 days."},
    {700084, "Tokens of a single-page app end after a day: register as mobile and desktop."},
    {900144, malformed},
    {900382, "The account is in another national cloud: use the host of that cloud."},
    {900561, "The request came with the wrong method: check the token URL."},
    {7000215, "The client secret is wrong: take its Value, not its Secret ID."},
    {7000218, "A secret is missing: a Web app needs one; else allow public client flows."},
    {7000222, "The client secret has expired: create a new client secret and store it."},
    {9001023, "This grant is not for common or consumers: give the tenant."},
    {9002313, malformed},
    {9002326, "The redirect URI is not of a single-page app: register it under that platform."},
    {9002327, "The redirect URI is of a single-page app: move it to Web or mobile and desktop."},
    {9002332, "The app is for organizations alone: use organizations or the tenant."},
    {9002346, "The app is for personal accounts alone: use consumers as the tenant."},
};

const char *moat_provider_advice(int32_t provider_code, int asked) {
  if (provider_code == INVALID_GRANT && asked == MOAT_ASKED_REFRESH)
    return "The refresh token is not valid, or not any more. Sign in again.";
  for (unsigned i = 0; i < sizeof advice / sizeof *advice; i++)
    if (advice[i].code == provider_code) return advice[i].text;
  return NULL;
}
