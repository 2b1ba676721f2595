/* Each place is a line: format, sign-in, two fingerprints, path. Nothing about a token can be found
 * from its fingerprint. */
#include "places.h"

#include "../files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[32768];
static size_t size;

/* SHA-256 fails only without memory; a fingerprint of zeros belongs to no token. */
void place_print(moat_span token, char out[PRINT_SIZE]) {
  uint8_t hash[32];
  if (moat_crypto_mbedtls.sha256(NULL, token.p, token.n, hash)) memset(hash, 0, sizeof hash);
  for (size_t i = 0; i < sizeof hash; i++)
    (void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* Beside the slots, where `moat logout` leaves it. */
static bool file_of(const account *a, char out[PATH_SIZE]) {
  int n = snprintf(out, PATH_SIZE, "%s/exports", a->paths.state);
  return n > 0 && n < PATH_SIZE;
}

/* A file that cannot be read leaves no places. */
int places_read(const account *a) {
  static char path[PATH_SIZE];
  size = 0;
  if (!file_of(a, path)) return ENAMETOOLONG;
  int error = file_read(path, FILE_PRIVATE, text, sizeof text, &size);
  if (error) size = 0;
  return error == ENOENT ? 0 : error;
}

/* Takes the text up to the next character of `ends`, and that character too. */
static bool take(const char **line, const char *ends, char *out, size_t room) {
  size_t n = strcspn(*line, ends);
  if (n == 0 || n >= room || !(*line)[n]) return false;
  memcpy(out, *line, n);
  out[n] = '\0';
  *line += n + 1;
  return true;
}

/* The path is last, because it may have blanks. */
static bool parse(const char *line, export_place *out) {
  char number[11];
  bool whole = take(&line, " ", out->format, sizeof out->format) &&
               take(&line, " ", number, sizeof number) &&
               take(&line, " ", out->written, sizeof out->written) &&
               take(&line, " ", out->before, sizeof out->before) &&
               take(&line, "\n", out->path, sizeof out->path);
  out->signed_in = whole ? (uint32_t)strtoul(number, NULL, 10) : 0;
  return whole;
}

/* The text ends with a NUL. */
static const char *next_line(const char *line) {
  line += strcspn(line, "\n");
  return *line ? line + 1 : line;
}

/* A line that cannot be read ends the list. */
bool places_get(size_t i, export_place *out) {
  const char *line = size ? text : "";
  for (; i > 0 && *line; i--)
    line = next_line(line);
  return *line && parse(line, out);
}

bool places_find(const char *path, export_place *out) {
  for (size_t i = 0; places_get(i, out); i++)
    if (strcmp(out->path, path) == 0) return true;
  return false;
}

/* The newest place comes last. The oldest ones are forgotten when there is no more room. */
int places_remember(const account *a, const export_place *place) {
  static char path[PATH_SIZE], line[PATH_SIZE + 256];
  static export_place other;
  int n = snprintf(line, sizeof line, "%s %" PRIu32 " %s %s %s\n", place->format, place->signed_in,
                   place->written, place->before, place->path);
  if (n < 0 || !file_of(a, path)) return ENAMETOOLONG;
  char *from = text, *end = text + size, *to = text;
  while (from < end) {
    char *next = from + (next_line(from) - from);
    bool goes = !parse(from, &other) || strcmp(other.path, place->path) == 0;
    if (!goes) memmove(to, from, (size_t)(next - from));
    if (!goes) to += next - from;
    from = next;
  }
  size = (size_t)(to - text);
  while (size && size + (size_t)n >= sizeof text) {
    size_t first = (size_t)(next_line(text) - text);
    memmove(text, text + first, size - first);
    size -= first;
  }
  memcpy(text + size, line, (size_t)n);
  size += (size_t)n;
  text[size] = '\0';
  return file_write(path, text, size, true);
}
