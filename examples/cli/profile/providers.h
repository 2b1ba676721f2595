/* What is known about providers, so that a profile need not say it. */
#ifndef PROVIDERS_H
#define PROVIDERS_H

#include "../cli.h"

typedef struct {
  const char *name;
  const char *authorize_url, *token_url, *device_url; /* a path follows Entra's host and tenant */
  const char *scope;
  const char *issuer; /* sent as `iss` in every redirect */
  const char *extra;  /* further parameters of the authorize URL */
} provider;

/* Each NULL for a name that is none. */
const provider *provider_find(const char *name);
/* Where people of Entra's clouds sign in: global, usgov, china. */
const char *provider_cloud_host(const char *cloud);

#endif
