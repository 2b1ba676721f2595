/* Shared by all files of the program `moat`. One process runs one command, so its state is one
 * static struct with buffers beside it, and nothing is allocated. */
#ifndef CLI_H
#define CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <moat/moat.h>

/* Exit statuses. */
enum {
  CLI_OK = 0,
  CLI_FAILED = 1,
  CLI_MISUSE = 2,  /* the command line is wrong */
  CLI_SIGN_IN = 3, /* somebody must sign in */
  CLI_LATER = 4,   /* try again later: network, 429, 5xx, another moat is busy */
  CLI_PROFILE = 5  /* the profile or the registration is wrong */
};

enum {
  NAME_SIZE = 65,
  PATH_SIZE = 4096,
  VALUE_SIZE = 2048, /* one value of a profile */
  SECRET_SIZE = 4096
};

/* The values of a profile, in the order they are written. */
enum {
  KEY_PROVIDER,
  KEY_CLOUD,
  KEY_TENANT,
  KEY_AUTHORIZE_URL,
  KEY_TOKEN_URL,
  KEY_DEVICE_URL,
  KEY_REVOCATION_URL,
  KEY_INTROSPECTION_URL,
  KEY_USERINFO_URL,
  KEY_CLIENT_ID,
  KEY_AUTH,
  KEY_SECRET_FILE,
  KEY_SECRET_EXPIRES,
  KEY_CLIENT_CERTIFICATE,
  KEY_CLIENT_KEY,
  KEY_KEY_ALGORITHM,
  KEY_KEY_ID,
  KEY_ASSERTION_AUDIENCE,
  KEY_CLIENT_ASSERTION,
  KEY_GRANT,
  KEY_ASSERTION_FILE,
  KEY_SUBJECT_TYPE,
  KEY_SERVICE_ACCOUNT,
  KEY_SUBJECT,
  KEY_SCOPE,
  KEY_REDIRECT_URI,
  KEY_ISSUER,
  KEY_DISCOVERY,
  KEY_CA,
  KEY_PROXY,
  KEY_PROXY_CREDENTIALS,
  KEY_EXTRA,
  KEY_DEVICE_EXTRA,
  KEY_TOKEN_EXTRA,
  KEY_REFRESH_EXTRA,
  KEY_SHARED,
  KEY_KEEP_DAYS,
  KEY_ON_TROUBLE,
  KEY_EXPORT, /* may come more than once: its values are lines */
  KEY_GIT_HOSTS,
  KEYS
};

#endif
