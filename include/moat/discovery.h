/* Discovery: the endpoints of a provider, read from the metadata of its issuer (OpenID Connect
 * Discovery 1.0, RFC 8414). Read it once, when a device is set up, and keep what it said.
 *
 *   moat_discovery d = {.issuer = moat_str("https://login.example/tenant"), .endpoint = &issuer};
 *   int r = moat_discovery_begin(&client, &d);
 *   if (!r) r = moat_run(&client);
 *   if (!r) use(d.metadata.token_endpoint);
 *
 * The work buffer has to hold the metadata: 1 to 8 KB at the large providers. */
#ifndef MOAT_DISCOVERY_H
#define MOAT_DISCOVERY_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The metadata, by the names of RFC 8414 2. A span is absent if the metadata has no
 * usable member of that name; if it is repeated, the last usable one counts. All endpoints are URLs
 * that moat_url_split() takes. The spans are views into the work buffer, but for `issuer`, and are
 * valid until the next begin or cancel on the client. */
typedef struct {
  moat_span issuer;                  /* the one that was asked for */
  moat_span iss, error, description; /* private */
  moat_span authorization_endpoint;
  moat_span token_endpoint;
  moat_span device_authorization_endpoint; /* RFC 8628 4 */
  moat_span revocation_endpoint;           /* RFC 7009 */
  /* Only after moat_discovery_begin_all(). */
  moat_span introspection_endpoint; /* RFC 7662 */
  moat_span userinfo_endpoint;
  moat_span registration_endpoint; /* RFC 7591 */
  /* The same of mtls_endpoint_aliases: for a client with a certificate (RFC 8705 5). */
  moat_span mtls_token_endpoint;
  moat_span mtls_device_authorization_endpoint;
  moat_span mtls_revocation_endpoint;
  moat_span mtls_introspection_endpoint;
  moat_span mtls_userinfo_endpoint;
  moat_span mtls_registration_endpoint;
  moat_span token_endpoint_auth_methods_supported; /* separated by spaces; not checked */
  /* In any case. The redirect will have an `iss`: require it by moat_expect.issuer. If this is
   * false, set iss_optional beside the issuer: an `iss` of another server's is refused then as well
   * (RFC 9207 2.4). */
  bool authorization_response_iss_parameter_supported;
} moat_metadata;

typedef struct {
  /* An https URL exactly as the provider writes it. One with a query is MOAT_E_MISUSE (RFC 8414
   * 2). */
  moat_span issuer;
  const moat_endpoint *endpoint; /* the same URL, split by moat_url_split() */
  bool inserted;                 /* private */
  moat_metadata metadata;        /* the result, after moat_step() has returned 0 */
} moat_discovery;

/* Asks for ISSUER/.well-known/openid-configuration and, if that is a 404, for the document of RFC
 * 8414 3.1, whose well-known part stands between host and path. Redirects are not followed. The
 * metadata has to name `issuer` byte for byte (RFC 8414 3.3). Only on Entra's hosts may it have
 * "{tenantid}" instead of the tenant.
 *
 * Ends with an error of the exchange, or with
 *   MOAT_E_ISSUER  the metadata is another issuer's
 *   MOAT_E_URL     an endpoint in the metadata is no https URL
 *   MOAT_E_REPLY   the metadata has no token endpoint
 *   MOAT_E_JSON    the answer is no JSON object
 *   MOAT_E_OAUTH   the server answered with an `error`, as Entra does about an unknown tenant
 *   MOAT_E_STATUS  the server answered with another status than 2xx
 *   MOAT_E_SPACE   the metadata does not fit the work buffer
 *
 * After MOAT_E_ISSUER metadata.issuer is what the metadata names, or absent: the server's text,
 * raw, untrusted. Otherwise nothing of `metadata` counts after an error. */
MOAT_NODISCARD int moat_discovery_begin(moat_client *c, moat_discovery *d);

/* The same, and reads all members of moat_metadata. */
MOAT_NODISCARD int moat_discovery_begin_all(moat_client *c, moat_discovery *d);

#ifdef __cplusplus
}
#endif

#endif
