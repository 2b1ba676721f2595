/* Facts about providers, so that a profile need not repeat them. */
#ifndef PROVIDERS_H
#define PROVIDERS_H

#include "../cli.h"

typedef struct {
  const char *name;
  const char *authorize_url, *token_url, *device_url; /* a path follows Entra's host and tenant */
  const char *revocation_url, *userinfo_url;
  const char *unattended_scope; /* what to ask for without a person */
  const char *scope;
  const char *issuer;     /* sent as `iss` in every redirect */
  const char *extra;      /* further parameters of the authorize URL */
  const char *revoke;     /* where a person withdraws the consent, or NULL */
  const char *scope_hint; /* advice for a person who chooses scopes, or NULL */
  /* What the code asks instead of comparing names. */
  bool has_tenants;      /* its URLs begin with the host of a cloud and a tenant */
  bool has_guids;        /* client IDs are GUIDs; a secret that is a GUID is a mistake */
  bool has_platforms;    /* the platform of the redirect URI decides if there is a secret */
  bool device_is_public; /* the secret is never sent with device codes */
  bool ignores_port;     /* of http://localhost in a redirect URI */
  bool is_one_time;      /* a refresh token is good for one refresh */
  bool cannot_revoke;    /* it has no endpoint where a token could be revoked */
  bool is_unknown;       /* the person says its URLs, and how the client proves itself */
  /* An unused refresh token ends after so many days; 0: that is not known. */
  int idle_days;
} provider;

/* Returns NULL for an unknown name. */
const provider *provider_find(const char *name);

/* The host at which people of one of Entra's clouds (global, usgov, china) sign in. NULL for any
 * other name. */
const char *provider_cloud_host(const char *cloud);

/* Whether a URL is at one of these hosts. */
bool provider_is_entra(const char *url);

#endif
