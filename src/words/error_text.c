/* Texts for people. The names are those of the constants. The texts say what happened. The program
 * knows more, so it adds what to do. */
#include "moat/moat.h"

typedef struct {
  int code;
  const char *name;
  const char *text;
} entry;

static const entry entries[] = {
    {MOAT_OK, "ok", "all is well"},
    {MOAT_WANT_READ, "want_read", "waiting for the server"},
    {MOAT_WANT_WRITE, "want_write", "waiting to send"},
    {MOAT_WANT_TIME, "want_time", "waiting"},
    {MOAT_E_MISUSE, "misuse", "the library was called in a way its header forbids"},
    {MOAT_E_SPACE, "space", "a buffer is too small"},
    {MOAT_E_PORT, "port", "the platform cannot do this, or failed at it"},
    {MOAT_E_CANCEL, "cancel", "cancelled"},
    {MOAT_E_TIMEOUT, "timeout", "no complete answer within the time allowed"},
    {MOAT_E_CLOCK, "clock", "the date is not known, so no certificate can be checked"},
    {MOAT_E_RANDOM, "random", "there is no source of strong randomness"},
    {MOAT_E_MEMORY, "memory", "the TLS library ran out of memory"},
    {MOAT_E_EMPTY, "empty", "nothing is stored"},
    {MOAT_E_STORE, "store", "the storage failed or holds a damaged record"},
    {MOAT_E_NEWER, "newer", "the stored record was written by a newer version"},
    {MOAT_E_FOREIGN, "foreign", "what is stored belongs to another client or provider"},
    {MOAT_E_EXISTS, "exists", "a grant that is still alive is stored already"},
    {MOAT_E_LOST, "lost", "an earlier refresh was interrupted and its answer is lost"},
    {MOAT_E_LATER, "later", "the server asked to be left alone for a while"},
    {MOAT_E_BUSY, "busy", "the account is in use elsewhere"},
    {MOAT_E_PROXY, "proxy", "the proxy did not connect to the server"},
    {MOAT_E_DNS, "dns", "the server's name does not resolve"},
    {MOAT_E_CONNECT, "connect", "the server cannot be reached"},
    {MOAT_E_NETWORK, "network", "the connection broke"},
    {MOAT_E_EOF, "eof", "the server ended the connection before its answer was complete"},
    {MOAT_E_TLS, "tls", "the TLS connection failed"},
    {MOAT_E_CERT, "cert", "the server's certificate was refused"},
    {MOAT_E_CERT_DATE, "cert_date", "the server's certificate is not valid at this date"},
    {MOAT_E_HTTP, "http", "the answer is not valid HTTP"},
    {MOAT_E_STATUS, "status", "the server answered with an HTTP error"},
    {MOAT_E_JSON, "json", "the answer is not a JSON object"},
    {MOAT_E_REPLY, "reply", "the answer lacks something, or holds something it must not"},
    {MOAT_E_TYPE, "type", "the token is of a type that cannot be used"},
    {MOAT_E_OAUTH, "oauth", "the server refused the request"},
    {MOAT_E_DENIED, "denied", "the sign-in was refused"},
    {MOAT_E_EXPIRED, "expired", "nobody signed in before the code expired"},
    {MOAT_E_URL, "url", "this is not a usable https URL"},
    {MOAT_E_DUPLICATE, "duplicate", "a parameter of the redirect came twice"},
    {MOAT_E_STATE, "state", "the redirect does not belong to this sign-in"},
    {MOAT_E_ISSUER, "issuer", "the answer does not name the expected issuer"},
    {MOAT_E_CODE, "code", "there is no authorization code in it"},
    {MOAT_E_KEY, "key", "this is no private key, or not one that can sign in this way"},
    {MOAT_E_ENCRYPTED, "encrypted", "the private key is encrypted"},
};

static const entry *find(int code) {
  for (unsigned i = 0; i < sizeof entries / sizeof *entries; i++)
    if (entries[i].code == code) return &entries[i];
  return NULL;
}

const char *moat_error_name(int code) {
  const entry *e = find(code);
  return e ? e->name : "unknown";
}

const char *moat_error_text(int code) {
  const entry *e = find(code);
  return e ? e->text : "unknown error";
}
