/* Everything the program prints.
 *
 * What could drive a terminal is removed from every line, and then secrets are, wherever the parts
 * of the line came from. Then a line is wrapped at words if it goes to a terminal (wrap.h). Nothing
 * here passes through a stdio buffer, which would keep a copy. */
#ifndef TERM_H
#define TERM_H

#include "../cli.h"

/* Copies text without control characters, escape sequences, bytes that are not UTF-8, and
 * characters that show nothing or change the direction of writing. Stars take the place of secrets.
 * `out` gets a NUL, and what does not fit is left out. Returns the length. */
size_t term_clean(moat_span text, char *out, size_t size);

/* The same for a text whose end may be missing: the first part of a secret there is covered, too.
 */
size_t term_clean_cut(moat_span text, char *out, size_t size);

/* A text for other programs. It is unchanged unless there is a secret in it. Then it is cleaned,
 * with stars in place of the secret. Valid until the next call. */
moat_span term_without_secrets(moat_span text);

/* Writes one line to stderr: "moat: …". Returns `status`, so that one statement can report a
 * failure and return it. */
__attribute__((format(printf, 2, 3))) int say(int status, const char *format, ...);

/* Says that a signal ended the command before anything happened. */
int say_cancelled(void);

/* From now on each report is one line: "NAME: …" with the text of say() and of all hints after it.
 * The name stays borrowed. */
void term_one_line(const char *name);
/* Writes the line that is still waiting for hints. Returns it, or NULL if there is none. Valid
 * until the next say(). */
const char *term_flush(void);

/* Until term_release() reports are not shown, but kept for term_said(), which begins empty. */
void term_hold(void);
void term_release(void);

/* The line of the last say() and of each hint after it, as they were shown. */
const char *term_said(void);

/* Writes a further line to stderr: what to do. */
__attribute__((format(printf, 1, 2))) void hint(const char *format, ...);

/* Write one line, or unchanged bytes, to stdout. They return CLI_OK, or CLI_FAILED after they have
 * reported the error. The end of a pipe's reader is none to report. */
__attribute__((format(printf, 1, 2))) int print(const char *format, ...);
/* The same, but wrapped even if stdout is no terminal: for --help and the doctor. */
__attribute__((format(printf, 1, 2))) int print_wrapped(const char *format, ...);
int print_bytes(const char *p, size_t n);

/* "2026-01-02 03:04:05 UTC", or "unknown" for 0. */
enum { TIME_SIZE = 32 };
const char *time_text(int64_t seconds, char out[TIME_SIZE]);
/* "2026-01-02T03:04:05Z" (RFC 3339); false for 0. */
bool time_stamp(int64_t seconds, char out[TIME_SIZE]);

#endif
