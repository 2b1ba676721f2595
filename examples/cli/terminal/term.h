/* Everything the program prints.
 *
 * Lines go out stripped of what could drive a terminal and then of secrets, wherever their parts
 * came from. Nothing here passes through a stdio buffer that would stay behind in memory. */
#ifndef TERM_H
#define TERM_H

#include "../cli.h"

/* Copies text without control characters, escape sequences, bytes that are not UTF-8, and
 * characters that show nothing or turn the direction of writing; with stars in place of secrets.
 * NUL-terminated; what does not fit is left out. Returns the length. */
size_t term_clean(moat_span text, char *out, size_t size);

/* A text as other programs may read it: as it is, unless there is a secret in it; then cleaned,
 * with stars in its place. Good until the next call. */
moat_span term_without_secrets(moat_span text);

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
