/* No client authentication: an assertion or a token that is exchanged tells who asks. */
#include "../http/http.h"

const moat_auth_ops moat_auth_omitted = {0};
