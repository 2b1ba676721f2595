/* Address and code come from the server. The library has refused addresses that are not https or
 * not plain ASCII. The code is shown without anything that could drive the terminal.
 *
 * They come after the QR code, because that may fill a small window. The address has to stay
 * visible: a person compares it with the one in the browser. */
#include "show_code.h"

#include "../files.h"
#include "../terminal/hide.h"
#include "../terminal/qr.h"
#include "../terminal/term.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { URI_SIZE = 16384 /* more than an answer has */, NEVER = -1 };

static int32_t shown = NEVER; /* the seconds of the last count */
static bool counts_in_place;

/* Draws only an address that the filters of the terminal leave unchanged. */
static bool draw(moat_span uri) {
  static char text[URI_SIZE];
  size_t n = term_clean(uri, text, sizeof text);
  return moat_span_equal(uri, (moat_span){text, n}) && qr_show(text);
}

/* print() is not used: it hides the first part of a secret at the end of a line, and a code can
 * look like one. */
static int show_apart(moat_span text) {
  static char line[URI_SIZE + 8] = "\n  ";
  size_t n = 3 + term_clean(text, line + 3, URI_SIZE);
  memcpy(line + n, "\n\n", 2);
  return print_bytes(line, n + 2);
}

/* With the QR code the page has the code already. The code is shown all the same, so that a person
 * can compare the two (RFC 8628 3.3.1). */
int show_code(const moat_device_prompt *p, bool with_qr) {
  moat_span plain = p->verification_uri, whole = p->verification_uri_complete;
  bool has_code = whole.n && !p->other_host;
  hide_secret(p->device_code);
  bool drawn = with_qr && draw(has_code ? whole : plain);
  int status = print("Open this address on your phone, or on any computer:");
  if (!status) status = show_apart(plain);
  if (!status) status = print("and enter this code there:");
  if (!status) status = show_apart(p->user_code);
  if (status) return status;
  if (drawn && has_code) hint("The QR code has the code in it: the page must show the same one.");
  if (p->other_host) {
    hint("The server also gave an address with the code in it, but on another host.");
    hint("It is not used%s.", drawn ? ": the QR code has the address above" : "");
  }
  hint("Check that the browser is at exactly this address before you enter anything.");
  hint("The code lets this device into your account. Never enter one from others.");
  return CLI_OK;
}

/* The line that counts is short, because one that is wider than the terminal cannot be overwritten.
 */
void show_code_time(uint32_t seconds, bool in_place) {
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

void show_code_end(void) {
  if (shown != NEVER && counts_in_place) (void)write_all(STDERR_FILENO, "\n", 1);
  shown = NEVER;
}
