/* Keeps the secrets of this process, so that cover.h can keep them out of every line. */
#ifndef HIDE_H
#define HIDE_H

#include <moat/store.h>

#include "../cli.h"

/* From now on, no line shows this text: neither as it is nor percent- or form-encoded, with escapes
 * of JSON or HTML, or several of these at once. At the end of a line its first 4 bytes or more are
 * hidden as well. A text of 1 to 3 bytes is hidden only where it stands alone. The text is copied.
 * An absent one is ignored. After more secrets than can be kept, all lines are stars. */
void hide_secret(moat_span secret);
/* Hides the client's secret, and the credential that HTTP's Basic makes of it. */
void hide_client(moat_span id, moat_span secret);
void hide_record(const moat_record *r);
/* Wipes all secrets from memory. Nothing may be printed afterwards. */
void hide_forget(void);

/* All secrets in the forms to look for, or NULL after more than can be kept. */
const moat_span *hide_known(size_t *n);

#endif
