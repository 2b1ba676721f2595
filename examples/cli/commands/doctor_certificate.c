/* Looks at the client's own certificate for TLS and at its key. */
#include "doctor.h"

#include "../report/deadlines.h"
#include "../terminal/term.h"
#include "finding.h"

enum { DAY_S = 86400, NAME_MOST = 256 };

/* It is read already. Without a clock nothing is known of its end. */
static deadline find_end(account *a) {
  deadline end = {.known = false};
  int64_t today = account_now(a) / DAY_S;
  if (today <= 0 || account_certificate_end(a, true, &end.day)) return end;
  end.days_left = end.day - today;
  end.known = true;
  return end;
}

/* No server takes one that has ended, so that is a fault of the profile. */
static int judge_end(const account *a, const deadline *end) {
  if (!end->known || end->days_left > DEADLINE_SOON) return CLI_OK;
  deadline_warn(a, DEADLINE_CERTIFICATE, end);
  return end->days_left < 0 ? CLI_PROFILE : CLI_OK;
}

int doctor_look_at_certificate(account *a) {
  char name[NAME_MOST];
  if (!*a->profile.value[KEY_CLIENT_CERTIFICATE]) return CLI_OK;
  finding_begin("client cert");
  int status = account_identify(a);
  if (status) {
    finding_end(status, " ");
    return status;
  }
  deadline end = find_end(a);
  client_certificate_name(&a->certificate, name, sizeof name);
  finding_end(judge_end(a, &end), "%s, %s", name,
              end.known ? deadline_text(&end) : "without a last day");
  return CLI_OK;
}
