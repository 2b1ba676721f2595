/* Address and code come from the server. The library has refused addresses that are not https and
 * plain ASCII; the code is shown as it is, but for what could drive the terminal. */
#include "prompt.h"

#include "files.h"
#include "qr.h"
#include "term.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { URI_SIZE = 4096, NEVER = -1 };

static int32_t shown = NEVER; /* the seconds of the last count */
static bool counts_in_place;

static bool draw(moat_span uri) {
  static char text[URI_SIZE + 1];
  if (uri.n > URI_SIZE) return false;
  memcpy(text, uri.p, uri.n);
  text[uri.n] = '\0';
  return qr_show(text);
}

static int show_apart(moat_span text) {
  int status = print_bytes("\n", 1);
  if (!status) status = print("  %.*s", (int)text.n, text.p);
  return status ? status : print_bytes("\n", 1);
}

/* The page may have the code already, brought along by the QR code; it is shown all the same, to be
 * compared (RFC 8628 3.3.1). */
int prompt_show(const moat_device_prompt *p, bool with_qr) {
  moat_span whole = p->verification_uri_complete;
  term_hide(p->device_code);
  int status = print("Open this address on your phone, or on any computer:");
  if (!status) status = show_apart(p->verification_uri);
  if (!status) status = print("and enter this code there:");
  if (!status) status = show_apart(p->user_code);
  if (status) return status;
  if (with_qr && draw(whole.n ? whole : p->verification_uri) && whole.n)
    hint("The QR code has the code in it: the page must show the same one.");
  hint("Check that the browser is at exactly this address before you enter anything.");
  hint("Who enters the code lets this device into their account: use none that others sent.");
  return CLI_OK;
}

/* A line that is wider than the terminal could not be written over. */
void prompt_count(uint32_t seconds, bool in_place) {
  char line[40];
  if ((int32_t)seconds == shown || (shown != NEVER && !in_place)) return;
  if (in_place && shown == NEVER) hint("Waiting for the sign-in; Ctrl-C gives up:");
  shown = (int32_t)seconds;
  counts_in_place = in_place;
  if (!in_place) {
    hint("Waiting for the sign-in, %lu seconds at most.", (unsigned long)seconds);
    return;
  }
  int n = snprintf(line, sizeof line, "\r  %lu:%02lu left ", (unsigned long)(seconds / 60),
                   (unsigned long)(seconds % 60));
  (void)write_all(STDERR_FILENO, line, (size_t)n);
}

void prompt_end(void) {
  if (shown != NEVER && counts_in_place) (void)write_all(STDERR_FILENO, "\n", 1);
  shown = NEVER;
}
