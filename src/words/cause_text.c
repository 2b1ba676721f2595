/* Texts for people: what to look at. The program adds what to type. */
#include "moat/moat.h"

const char *moat_cause_text(int cause) {
  switch (cause) {
  case MOAT_CAUSE_GRANT: return "What was stored or entered is no longer valid.";
  case MOAT_CAUSE_LOST:
    return "An earlier refresh was interrupted, and its answer with the next refresh token was "
           "lost.";
  case MOAT_CAUSE_EXPIRED: return "The code has expired.";
  case MOAT_CAUSE_PERSON: return "The provider wants a person to sign in.";
  case MOAT_CAUSE_CONSENT: return "Somebody has to consent to what the client asks for.";
  case MOAT_CAUSE_REFUSED: return "The sign-in was refused, by the person or by a policy.";
  case MOAT_CAUSE_UNKNOWN:
    return "Most likely the grant is no longer valid. If signing in again does not help, compare "
           "the profile with the registration.";
  case MOAT_CAUSE_CLIENT:
    return "The server refuses the client: check the client id, its secret or key, and the way "
           "that it proves itself.";
  case MOAT_CAUSE_REGISTRATION:
    return "The registration does not allow this grant, or the client secret or the way it is "
           "sent is wrong.";
  case MOAT_CAUSE_SCOPE: return "Correct the scope in the profile.";
  case MOAT_CAUSE_GRANT_TYPE:
    return "The registration does not allow this grant, or this is not the token endpoint.";
  case MOAT_CAUSE_REQUEST:
    return "Compare the profile with the registration. Some servers say this of a grant or code "
           "that is no longer valid.";
  case MOAT_CAUSE_DEVICE_FLOW: return "Allow the device flow in the settings of the app.";
  case MOAT_CAUSE_URL: return "This is not the answer of a token endpoint: the URL may be wrong.";
  case MOAT_CAUSE_PORTAL:
    return "Something between here and the provider may have answered, such as a network that "
           "asks for a sign-in of its own.";
  case MOAT_CAUSE_TLS: return "The server does not accept this client's TLS.";
  case MOAT_CAUSE_BUSY: return "The server is busy or in trouble. Try again later.";
  default: return NULL;
  }
}
