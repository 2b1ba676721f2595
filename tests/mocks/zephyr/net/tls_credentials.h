#ifndef MOCK_ZEPHYR_TLS_CREDENTIALS_H
#define MOCK_ZEPHYR_TLS_CREDENTIALS_H

#include <stddef.h>

typedef int sec_tag_t;
enum tls_credential_type { TLS_CREDENTIAL_NONE, TLS_CREDENTIAL_CA_CERTIFICATE };

int tls_credential_add(sec_tag_t tag, enum tls_credential_type type, const void *p, size_t n);

#endif
