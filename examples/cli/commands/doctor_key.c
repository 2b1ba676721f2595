/* Looks at the key with which the client signs. */
#include "doctor.h"

#include "finding.h"

enum { MEMORY_SIZE = 4096 };

/* What a person compares with the registration: the name of the key there or, without one, the
 * thumbprint (RFC 7638), which many servers take for the name. */
static const char *name_of(const account *a) {
  static char memory[MEMORY_SIZE], thumbprint[44];
  const char *name = a->profile.value[KEY_KEY_ID];
  if (*name) return name;
  return moat_jwk_thumbprint(&a->key.signer, memory, sizeof memory, thumbprint) ? "" : thumbprint;
}

void doctor_look_at_key(account *a) {
  const profile *p = &a->profile;
  if (!profile_signs(p)) return;
  finding_begin("client key");
  int status = account_read_key(a);
  if (status)
    finding_end(status, " ");
  else
    finding_end(CLI_OK, "%s signs by %s for %s; its %s is %s", p->value[KEY_CLIENT_KEY],
                client_key_algorithm(&a->key), client_key_audience(p),
                *p->value[KEY_KEY_ID] ? "key_id" : "thumbprint", name_of(a));
}
