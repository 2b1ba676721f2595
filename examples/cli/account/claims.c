/* Reads claims. What is no JSON gives no claims: nothing but a name to show depends on them. */
#include "claims.h"

#include "../terminal/unescape.h"

#include <string.h>

/* ---- base64url (RFC 4648 5) ---- */

/* Returns the six bits of a digit, or -1. */
static int digit(char c) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const char *at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) : -1;
}

/* The claims are the second of the three parts, which dots separate (RFC 7515 7.1). */
bool claims_decode(moat_span token, char claims[CLAIMS_SIZE]) {
  claims[0] = '\0';
  if (!token.n) return false;
  const char *p = memchr(token.p, '.', token.n), *end = token.p + token.n;
  uint32_t bits = 0;
  size_t n = 0;
  int have = 0;
  for (p = p ? p + 1 : end; p < end && *p != '.'; p++) {
    int value = digit(*p);
    if (value < 0 || n + 1 >= CLAIMS_SIZE) return false;
    bits = bits << 6 | (uint32_t)value;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    claims[n++] = (char)(bits >> have & 0xff);
  }
  claims[n] = '\0';
  return n > 0 && p < end && strlen(claims) == n;
}

/* ---- JSON ----
 *
 * The whole grammar is not checked. A value is found by counting brackets outside strings, and no
 * byte behind the NUL is read. */

static const char *skip_blanks(const char *p) {
  return p + strspn(p, " \t\r\n");
}

/* Returns the end of the string at p, or NULL. */
static const char *skip_string(const char *p) {
  if (*p++ != '"') return NULL;
  while (*p && *p != '"')
    p += p[0] == '\\' && p[1] ? 2 : 1;
  return *p ? p + 1 : NULL;
}

/* Returns the comma or bracket behind the value at p, or NULL. */
static const char *skip_value(const char *p) {
  for (int depth = 0; p && *p;) {
    if (depth == 0 && strchr(",}]", *p)) return p;
    if (*p == '"') {
      p = skip_string(p);
    } else {
      depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
      p++;
    }
  }
  return NULL;
}

/* Returns the value of a member of the object, or NULL. */
static const char *find(const char *claims, const char *name) {
  size_t n = strlen(name);
  const char *p = skip_blanks(claims);
  while (p && (*p == '{' || *p == ',')) {
    const char *key = skip_blanks(p + 1), *end = skip_string(key);
    const char *colon = end ? skip_blanks(end) : "";
    if (*colon != ':') return NULL;
    p = skip_blanks(colon + 1);
    if ((size_t)(end - key) == n + 2 && memcmp(key + 1, name, n) == 0) return p;
    p = skip_value(p);
  }
  return NULL;
}

static bool has_control(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < ' ' || *text == 127) return true;
  return false;
}

/* Undoes the escapes. */
static bool read_lines(const char *p, char *out, size_t size) {
  const char *end = p ? skip_string(p) : NULL;
  size_t n = 0;
  if (!end) return false;
  for (p++; p < end - 1;) {
    char bytes[4] = {*p};
    size_t count = 1, step = *p == '\\' ? unescape(UNESCAPE_JSON, p, bytes, &count) : 1;
    if (!step || n + count >= size) return false;
    memcpy(out + n, bytes, count);
    n += count;
    p += step;
  }
  out[n] = '\0';
  return n > 0 && strlen(out) == n;
}

/* A control character could end a line of the file that the text is kept in. */
static bool read_string(const char *p, char *out, size_t size) {
  return read_lines(p, out, size) && !has_control(out);
}

bool claims_lines(const char *claims, const char *name, char *out, size_t size) {
  return read_lines(find(claims, name), out, size);
}

/* No date of a token has a fraction that matters. */
int64_t claims_number(const char *claims, const char *name) {
  const char *p = find(claims, name);
  int64_t number = 0;
  for (; p && *p >= '0' && *p <= '9' && number < INT32_MAX * (int64_t)1000; p++)
    number = number * 10 + (*p - '0');
  return number;
}

bool claims_text(const char *claims, const char *name, char *out, size_t size) {
  return read_string(find(claims, name), out, size);
}

bool claims_are_for(const char *claims, const char *client_id) {
  char one[VALUE_SIZE];
  const char *p = find(claims, "aud");
  bool is_array = p && *p == '['; /* else there is one audience */
  for (p = is_array ? skip_blanks(p + 1) : p; p; p = *p == ',' ? skip_blanks(p + 1) : NULL) {
    if (read_string(p, one, sizeof one) && strcmp(one, client_id) == 0) return true;
    p = is_array ? skip_value(p) : NULL;
    if (!p) return false;
  }
  return false;
}
