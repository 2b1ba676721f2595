/* Output is collected first and written once. If something fails before that, the program that
 * reads it gets nothing instead of a part. */
#include "write_output.h"

#include "../files.h"
#include "term.h"

#include <string.h>

/* Room for a whole record, even if all its characters are escaped. */
static char text[327680];
static size_t size;

/* Goes on counting when the buffer is full. */
void output_bytes(const char *p, size_t n) {
  if (size + n <= sizeof text) memcpy(text + size, p, n);
  size += n;
}

void output_string(const char *s) {
  output_bytes(s, strlen(s));
}

/* A file is replaced in one step, so no program ever reads half of it. */
static int send(const char *path) {
  if (size > sizeof text) {
    say(CLI_FAILED, "the output is too long");
    hint("Please report it.");
    return CLI_FAILED;
  }
  if (!path) return print_bytes(text, size);
  int error = file_write(path, text, size, true);
  if (!error) return print("%s is written, for its owner alone.", path);
  say(CLI_FAILED, "cannot write %s: %s", path, file_error(error));
  if (error == FILE_ODD)
    hint("To standard output it goes without -o.");
  else
    hint("Is its folder there, and may you write to it?");
  return CLI_FAILED;
}

int output_write(const char *path) {
  int status = send(path);
  moat_wipe(text, size < sizeof text ? size : sizeof text);
  size = 0;
  return status;
}

int output_print(void) {
  return output_write(NULL);
}
