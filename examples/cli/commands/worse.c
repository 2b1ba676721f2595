#include "worse.h"

/* The statuses of misuse do not come up here. */
int worse(int a, int b) {
  static const int order[] = {CLI_PROFILE, CLI_SIGN_IN, CLI_FAILED, CLI_LATER};
  for (size_t i = 0; i < sizeof order / sizeof *order; i++)
    if (a == order[i] || b == order[i]) return order[i];
  return CLI_OK;
}
