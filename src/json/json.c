/* The only file that includes jsmn. Only values of known members become tokens: a single token on
 * the stack or, for a list, as many as the caller's scratch holds. */
#include "json.h"

#include <limits.h>
#include <string.h>

#include "json_check.h"
#include "../text/text.h"

/* JSMN_STRICT would repeat a part of the checks of json_check.c. Parent links take less code. */
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

/* Places tokens in the scratch and returns how many fit. */
static size_t place_tokens(const moat__json *j, jsmntok_t **tokens) {
  size_t skip = -(uintptr_t)j->scratch & (_Alignof(jsmntok_t) - 1);
  if (j->scratch_size <= skip) return 0;
  *tokens = (jsmntok_t *)(void *)((char *)j->scratch + skip);
  return (j->scratch_size - skip) / sizeof **tokens;
}

/* Decodes a string or number in place. Returns its new length, or -1 if it is of another kind. jsmn
 * tells a number from a word only by the first byte, which is enough after the check. */
static int decode(char *text, const jsmntok_t *t, unsigned kinds) {
  char *p = text + t->start;
  int n = t->end - t->start;
  if (t->type == JSMN_STRING && kinds & (MOAT__STRING | MOAT__VSCHAR))
    return (int)moat__json_unescape(p, (size_t)n);
  return t->type == JSMN_PRIMITIVE && kinds & MOAT__NUMBER && *p <= '9' ? n : -1;
}

/* Moves the elements of a list to its start, with a space between them. */
static int join(char *text, const jsmntok_t *t, const jsmntok_t *end, unsigned kinds) {
  char *to = text;
  for (; t < end; t++) {
    int n = decode(text, t, kinds);
    if (n < 0) return -1;
    if (to > text && n > 0) *to++ = ' ';
    memmove(to, text + t->start, (size_t)n);
    to += n;
  }
  return (int)(to - text);
}

/* Reads the value of member i, whose grammar has been checked. */
static void read_value(const moat__json *j, const moat__members *m, size_t i, char *text,
                       size_t size) {
  unsigned kinds = m->names[i].kinds;
  bool list = *text == '[' && kinds & MOAT__LIST;
  jsmntok_t one, *t = &one;
  size_t room = list ? place_tokens(j, &t) : 1;
  jsmn_parser parser;
  jsmn_init(&parser);
  int count = jsmn_parse(&parser, text, size, t, (unsigned)room), n = -1;
  char *p = text;
  if (kinds & MOAT__RAW) {
    n = (int)size;
  } else if (count > 0 && list) {
    n = join(text, t + 1, t + count, kinds);
  } else if (count > 0) {
    p += t->start;
    n = decode(text, t, kinds);
  }
  moat__members_set(m, i, p, n, (size_t)(text + size - p));
}

/* The name may be decoded in place, because it is only compared. A server's JSON library takes
 * "acc\u0065ss_token" for the same member. */
static void read_member(const moat__json *j, const moat__members *m, char *name, size_t name_size,
                        char *value, size_t size) {
  size_t i = moat__members_find(m, (moat_span){name, moat__json_unescape(name, name_size)});
  if (i < m->count) read_value(j, m, i, value, size);
}

int moat__json_read(char *text, size_t n, void *scratch, size_t scratch_size,
                    const moat__members *m) {
  moat__json j;
  moat_span name, value;
  /* jsmn's positions are ints. */
  if (n > INT_MAX || !moat__json_begin(&j, text, n, scratch, scratch_size)) return MOAT_E_JSON;
  int r;
  while ((r = moat__json_next(&j, &name, &value)) > 0)
    read_member(&j, m, text + (name.p - text), name.n, text + (value.p - text), value.n);
  return r;
}
