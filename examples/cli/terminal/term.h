/* Everything the program prints.
 *
 * Lines go out stripped of what could drive a terminal and then of secrets, wherever their parts
 * came from. Nothing here passes through a stdio buffer that would stay behind in memory. */
#ifndef TERM_H
#define TERM_H

#include <moat/store.h>

#include "../cli.h"

/* Copies text without control characters, escape sequences, bytes that are not UTF-8, and
 * characters that show nothing or turn the direction of writing; with stars in place of secrets.
 * NUL-terminated; what does not fit is left out. Returns the length. */
size_t term_clean(moat_span text, char *out, size_t size);

/* From now on, no line shows this text: as it is, percent- or form-encoded, with escapes of JSON or
 * HTML, or several of these at once; nor the first part of it, 4 bytes or more, at the end of a
 * line. A text of 1 to 3 bytes is hidden only where it stands alone, for it would blot out half of
 * every line. Copied; absent is fine. After more than can be kept, all lines are stars. */
void term_hide(moat_span secret);
/* The client's secret, and the credential that HTTP's Basic makes of it. */
void term_hide_client(moat_span id, moat_span secret);
void term_hide_record(const moat_record *r);
void term_hide_token(const moat_token *t);
/* Wipes all of them from memory: nothing is to be printed any more. */
void term_forget(void);

/* One line to stderr: "moat: …". Returns `status`, so that a failure is reported and returned in
 * one. */
__attribute__((format(printf, 2, 3))) int say(int status, const char *format, ...);

/* That a signal ended it, before anything happened. */
int say_cancelled(void);

/* The line of the last say() and the hints after it, as they were shown, a line each. */
const char *term_said(void);

/* A further line to stderr: what to do. */
__attribute__((format(printf, 1, 2))) void hint(const char *format, ...);

/* One line to stdout, and bytes as they are: CLI_OK, or CLI_FAILED once it is reported. */
__attribute__((format(printf, 1, 2))) int print(const char *format, ...);
int print_bytes(const char *p, size_t n);

/* "2026-01-02 03:04:05 UTC", or "unknown" for 0. */
enum { TIME_SIZE = 32 };
const char *time_text(int64_t seconds, char out[TIME_SIZE]);
/* "2026-01-02T03:04:05Z" (RFC 3339); false for 0. */
bool time_stamp(int64_t seconds, char out[TIME_SIZE]);

#endif
