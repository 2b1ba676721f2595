/* Tells what happens, in lines such as "12:01:05.123 work: ...", for -v and MOAT_LOG. The program
 * reads nothing from them. */
#ifndef LOG_H
#define LOG_H

#include "../cli.h"

/* LOG_BRIEF has a line for each exchange and one for what it means. Polls that bring nothing are
 * LOG_POLL: they would drive the code that a person has to read out of view. LOG_FULL also names
 * headers and form fields. */
enum { LOG_NOTHING, LOG_BRIEF, LOG_POLL, LOG_FULL };

/* Sets what is shown on stderr. A file gets the same lines, and LOG_POLL at least. */
void log_show(int level);
/* Opens a file of this user's alone to append to, or makes it. A link is not followed. Returns 0,
 * or an error for file_error(). */
int log_open(const char *path);
/* Names what the following lines are about. Both stay borrowed. */
void log_about(const char *command, const char *name);

/* Whether lines of this level go anywhere. */
bool log_has(int level);
/* Writes a line, without control characters and secrets. What cannot be written is left out. */
__attribute__((format(printf, 2, 3))) void log_line(int level, const char *format, ...);

/* An arrow, as far as the terminal can show one. */
const char *log_arrow(void);

#endif
