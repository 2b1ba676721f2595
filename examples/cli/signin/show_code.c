/* Address and code come from the server. The library has refused addresses that are not https or
 * not plain ASCII. The code is shown without anything that could drive the terminal.
 *
 * Both stay in view, because a person copies the one and compares the other with the address in the
 * browser. So they come after the QR code or beside it, and where neither fits the window, there is
 * no QR code. All of it goes to one stream: none of it makes sense without the rest. */
#include "show_code.h"

#include "../files.h"
#include "../terminal/hide.h"
#include "../terminal/qr.h"
#include "../terminal/term.h"
#include "../terminal/utf8.h"
#include "../terminal/wrap.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { URI_SIZE = 16384 /* more than an answer has */, NEVER = -1 };
enum { INDENT = 2, GAP = 2, WIDEST = 80, NARROWEST = 28, ROWS = 32 };
enum { FOOT = 2 }; /* rows of what comes after, which counts the time */

static int32_t shown = NEVER; /* the seconds of the last count */
static bool counts_in_place;

static char address[URI_SIZE], code[URI_SIZE];
static bool has_code, other_host; /* of the address for the QR code */

/* ---- The text in rows ---- */

static struct {
  moat_span text;
  int indent;
} row[ROWS];
static int rows;

/* Blank rows have no text. No prompt has as many rows as there is room for. */
static void put_row(moat_span text, int indent) {
  if (rows == ROWS) return;
  row[rows].text = text;
  row[rows++].indent = indent;
}

static void put_text(const char *text, int width) {
  for (moat_span rest = moat_str(text); rest.n > 0;) {
    size_t n = wrap_size(rest.p, rest.n, (size_t)width);
    put_row((moat_span){rest.p, n}, 0);
    n += n < rest.n;
    rest = (moat_span){rest.p + n, rest.n - n};
  }
}

/* Address and code are never broken here: a terminal that wraps them still copies them whole. */
static void put_apart(const char *text, bool airy) {
  if (airy) put_row((moat_span){NULL, 0}, 0);
  put_row(moat_str(text), INDENT);
  if (airy) put_row((moat_span){NULL, 0}, 0);
}

static void put_advice(int width, bool drawn) {
  if (drawn && has_code)
    put_text("The QR code has the code in it: the page must show the same one.", width);
  if (other_host)
    put_text("The server also gave an address with the code in it, but on another host. It is not "
             "used.",
             width);
  put_text(
      "Before you enter the code, check that the browser is at exactly the address shown here. "
      "The code lets this device into your account. Never enter one from others.",
      width);
}

/* In the smallest windows the advice comes first, because what comes last stays in view. */
static void lay_out(int width, bool drawn, bool airy) {
  if (width > WIDEST) width = WIDEST;
  if (width < NARROWEST) width = NARROWEST;
  rows = 0;
  if (!airy) put_advice(width, drawn);
  put_text("Open this address on your phone, or on any computer:", width);
  put_apart(address, airy);
  put_text("and enter this code there:", width);
  put_apart(code, airy);
  if (airy) put_advice(width, drawn);
  if (airy) put_row((moat_span){NULL, 0}, 0);
}

/* A character is taken to fill one column. */
static int width_of(int i) {
  int width = row[i].indent;
  for (size_t k = 0; k < row[i].text.n; k++)
    width += !utf8_continues(row[i].text.p[k]);
  return width;
}

/* Returns how many rows of a window the text takes. */
static int height(int columns) {
  int n = rows;
  for (int i = 0; i < rows; i++)
    n += width_of(i) ? (width_of(i) - 1) / columns : 0;
  return n;
}

/* ---- The QR code and the text ---- */

/* The QR code comes first, so that the text is what stays in view. */
static bool fits_below(window w, window qr) {
  lay_out(w.columns, true, true);
  return qr.columns <= w.columns && qr.rows + height(w.columns) + FOOT <= w.rows;
}

/* Beside the QR code no row may be wrapped. */
static bool fits_beside(window w, window qr) {
  int width = w.columns - qr.columns - GAP;
  if (width < NARROWEST) return false;
  lay_out(width, true, true);
  for (int i = 0; i < rows; i++)
    if (width_of(i) > width) return false;
  return (rows > qr.rows ? rows : qr.rows) + FOOT <= w.rows;
}

/* The text begins at the first row beside the QR code, or else below it. */
static int show_all(window qr, bool beside) {
  static char line[QR_ROW_SIZE + URI_SIZE + 128];
  int status = CLI_OK, start = beside ? 0 : qr.rows;
  for (int y = 0; (y < qr.rows || y < start + rows) && !status; y++) {
    int i = y - start, blanks = y < qr.rows ? GAP : qr.columns + GAP;
    size_t n = y < qr.rows ? qr_row(y, line) : 0;
    if (i >= 0 && i < rows && row[i].text.n) {
      int before = row[i].indent + (beside ? blanks : 0);
      memset(line + n, ' ', (size_t)before);
      memcpy(line + n + before, row[i].text.p, row[i].text.n);
      n += (size_t)before + row[i].text.n;
    }
    line[n++] = '\n';
    status = print_bytes(line, n);
  }
  return status;
}

/* Makes the QR code only of an address that the filters of the terminal leave unchanged. */
static bool make(moat_span uri, window *qr) {
  static char text[URI_SIZE];
  size_t n = term_clean(uri, text, sizeof text);
  return moat_span_equal(uri, (moat_span){text, n}) && qr_make(text, qr);
}

/* The text has the usual width if there is no window, which would have an end. */
static int show(moat_span uri, bool with_qr) {
  window w = {WIDEST, INT_MAX}, qr;
  if (window_find(STDOUT_FILENO, &w) && with_qr && make(uri, &qr)) {
    if (fits_below(w, qr)) return show_all(qr, false);
    if (fits_beside(w, qr)) return show_all(qr, true);
  }
  lay_out(w.columns, false, true);
  if (height(w.columns) > w.rows - FOOT) lay_out(w.columns, false, false);
  return show_all((window){0, 0}, false);
}

/* With the QR code the page has the code already. The code is shown all the same, so that a person
 * can compare the two (RFC 8628 3.3.1). print() is not used: it hides the first part of a secret at
 * the end of a line, and a code can look like one. */
int show_code(const moat_device_prompt *p, bool with_qr) {
  moat_span plain = p->verification_uri, whole = p->verification_uri_complete;
  hide_secret(p->device_code);
  has_code = whole.n && !p->other_host;
  other_host = p->other_host;
  (void)term_clean(plain, address, sizeof address);
  (void)term_clean(p->user_code, code, sizeof code);
  return show(has_code ? whole : plain, with_qr);
}

/* ---- The time that is left ---- */

/* The line that counts is short, because one that is wider than the terminal cannot be overwritten.
 */
void show_code_time(uint32_t seconds, bool in_place) {
  char line[40];
  if ((int32_t)seconds == shown || (shown != NEVER && !in_place)) return;
  if (in_place && shown == NEVER) hint("Waiting (Ctrl-C gives up):");
  shown = (int32_t)seconds;
  counts_in_place = in_place;
  if (!in_place) {
    hint("Waiting for the sign-in, %lu s at most.", (unsigned long)seconds);
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
