/* The one file that includes jsmn. Its tokens lie in memory that the caller has to spare, so a
 * larger work buffer takes a larger answer and the stack stays small. */
#include "json.h"

#include <limits.h>
#include <string.h>

#include "json_check.h"
#include "text.h"

/* JSMN_STRICT would check again, and less, what json_check.c has checked; it costs 200 bytes. */
#define JSMN_STATIC
#define JSMN_PARENT_LINKS
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif
#include <jsmn.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

typedef struct {
  char *text;
  const char *const *names;
  moat_json_value *values;
  size_t count;
} reader;

/* The tokens' place in `scratch`, or NULL if it is too small. */
static jsmntok_t *place_tokens(void *scratch, size_t size, size_t count, size_t *needed) {
  size_t skip = -(uintptr_t)scratch & (_Alignof(jsmntok_t) - 1);
  *needed = count * sizeof(jsmntok_t) + skip;
  return *needed <= size ? (jsmntok_t *)(void *)((char *)scratch + skip) : NULL;
}

_Static_assert((int)MOAT_JSON_OBJECT == JSMN_OBJECT && (int)MOAT_JSON_ARRAY == JSMN_ARRAY &&
                   (int)MOAT_JSON_STRING == JSMN_STRING,
               "kinds that jsmn has too");

/* jsmn tells a number from a word no better than from its first byte, and neither need anyone after
 * the check. */
static uint8_t kind_of(const jsmntok_t *t, char first) {
  if (t->type != JSMN_PRIMITIVE) return (uint8_t)t->type;
  if (first == 'n') return MOAT_JSON_ABSENT;
  return first == 't' || first == 'f' ? MOAT_JSON_BOOL : MOAT_JSON_NUMBER;
}

static int read_value(const reader *r, const jsmntok_t *t, moat_json_value *value) {
  char *p = r->text + t->start;
  int n = t->end - t->start;
  value->kind = kind_of(t, *p);
  if (value->kind == MOAT_JSON_ABSENT) n = 0;
  if (value->kind == MOAT_JSON_STRING) n = moat__json_unescape(p, (size_t)n);
  if (n < 0 || value->text.p) return MOAT_E_REPLY; /* no text, or not the first of its name */
  value->text = (moat_span){p, (size_t)n};
  return MOAT_OK;
}

/* A name is only compared, so decoding it in place costs nothing: "acc\u0065ss_token" is the same
 * member to a server's JSON library, and has to be here when it comes twice. */
static int read_member(const reader *r, const jsmntok_t *name, const jsmntok_t *value) {
  char *p = r->text + name->start;
  int n = moat__json_unescape(p, (size_t)(name->end - name->start));
  if (n < 0) return MOAT_OK; /* nothing that anyone asks for */
  for (size_t i = 0; i < r->count; i++)
    if (strlen(r->names[i]) == (size_t)n && memcmp(r->names[i], p, (size_t)n) == 0)
      return read_value(r, value, &r->values[i]);
  return MOAT_OK;
}

/* The first token is the object; its members are a name, a value, and what lies inside the value.
 */
static int read_members(const reader *r, const jsmntok_t *t, const jsmntok_t *end) {
  for (t++; t + 1 < end;) {
    const jsmntok_t *name = t++, *value = t++;
    int result = read_member(r, name, value);
    if (result) return result;
    while (t < end && t->start < value->end)
      t++;
  }
  return MOAT_OK;
}

int moat__json_read(char *text, size_t n, void *scratch, size_t scratch_size,
                    const char *const *names, moat_json_value *values, size_t count,
                    size_t *needed) {
  size_t token_count;
  *needed = 0;
  memset(values, 0, count * sizeof *values);
  /* RFC 8259 8.1: a reader may ignore a byte order mark. */
  if (n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
    text += 3;
    n -= 3;
  }
  /* jsmn's positions are ints. */
  if (n > INT_MAX / 2 || !moat__json_check(text, n, &token_count)) return MOAT_E_JSON;
  jsmntok_t *tokens = place_tokens(scratch, scratch_size, token_count, needed);
  if (!tokens) return MOAT_E_SPACE;

  jsmn_parser parser;
  jsmn_init(&parser);
  if (jsmn_parse(&parser, text, n, tokens, (unsigned)token_count) != (int)token_count)
    return MOAT_E_JSON;
  reader r = {text, names, values, count};
  return read_members(&r, tokens, tokens + token_count);
}
