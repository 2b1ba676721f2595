/* Keeps the secrets of this process, so that no line shows them: see cover.h. */
#ifndef HIDE_H
#define HIDE_H

#include <moat/store.h>

#include "../cli.h"

/* From now on, no line shows this text: as it is, percent- or form-encoded, with escapes of JSON or
 * HTML, or several of these at once; nor the first part of it, 4 bytes or more, at the end of a
 * line. A text of 1 to 3 bytes is hidden only where it stands alone, for it would blot out half of
 * every line. Copied; absent is fine. After more than can be kept, all lines are stars. */
void hide_secret(moat_span secret);
/* The client's secret, and the credential that HTTP's Basic makes of it. */
void hide_client(moat_span id, moat_span secret);
void hide_record(const moat_record *r);
/* Wipes all of them from memory: nothing is to be printed any more. */
void hide_forget(void);

/* All secrets in the forms that are looked for; NULL after more than can be kept. */
const moat_span *hide_known(size_t *n);

#endif
