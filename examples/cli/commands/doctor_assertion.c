/* Looks at the file that a profile without a person gives to the server. */
#include "doctor.h"

#include "../profile/secret.h"
#include "finding.h"

/* It is read anew for each request, and whoever mounts it may have replaced it. */
void doctor_look_at_assertion(account *a) {
  const char *file = a->profile.value[KEY_ASSERTION_FILE];
  if (!a->config.unattended || !*file) return;
  finding_begin("assertion");
  int status = unattended_prepare(&a->unattended, &a->profile);
  finding_end(status, "%s", secret_path(file));
}
