/* Texts for people: the meaning of the alert with which a server ends a connection. Servers
 * complain about a client's certificate only if they require one. */
#include "moat/moat.h"

/* "it" is the server. Numbers are from RFC 8446 6.2, and 86 from RFC 7507. */
const char *moat_tls_alert_text(int32_t alert) {
  switch (alert) {
  case 40:
    return "it has no version, cipher or key in common, or wants a certificate of the client";
  case 42: return "it says that a certificate of the client is damaged";
  case 43: return "it does not take certificates of the client's kind";
  case 44: return "it says that a certificate of the client was revoked";
  case 45: return "it says that a certificate of the client has expired";
  case 46: return "it does not take the client's certificate, or wants one";
  case 47: return "it found a value in the handshake that it does not allow";
  case 48: return "it does not know who issued the client's certificate, or wants one";
  case 70: return "it has no version of TLS in common";
  case 71: return "it wants stronger ciphers or keys than there are in common";
  case 80: return "it had an internal error";
  case 86: return "it suspects that somebody on the way has lowered the version of TLS";
  case 109: return "it needs an extension of TLS that the client did not send";
  case 110: return "it was sent an extension of TLS that it did not ask for";
  case 112: return "it does not know the name that was asked for";
  case 113: return "it does not take the client's proof that a certificate is not revoked";
  case 116: return "it wants a certificate of the client";
  case 120: return "it does not speak HTTP/1.1 here";
  default: return NULL;
  }
}
