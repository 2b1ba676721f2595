/* A second opinion on JSON: plain recursive descent over RFC 8259, with none of the library's code.
 * It says whether a text is one object, how deep it is, and what the members asked for are. */
#ifndef JSON_ORACLE_H
#define JSON_ORACLE_H

#include "fuzz.h"

enum { ORACLE_DEEPEST = 200 };

typedef struct {
  unsigned count; /* how often the name came, at the first level */
  char type;      /* of the last one: { [ " 0 t f n */
  bool odd;       /* a string of it had U+0000, half of a surrogate pair, or no UTF-8 */
  bool any_odd;
  char *text; /* of a string: decoded, on the heap; of a number: as it came */
  size_t n;
  char *token; /* the last one that can be a token, NUL-terminated; NULL: none */
} oracle_member;

typedef struct {
  const uint8_t *p, *end;
  unsigned depth, deepest;
  bool too_deep;
  char *out; /* where a string is decoded to; as long as the text */
  size_t n;
  bool odd;
} oracle;

static inline bool oracle_at(const oracle *o, char c) {
  return o->p < o->end && *o->p == (uint8_t)c;
}

static inline bool oracle_take(oracle *o, char c) {
  if (!oracle_at(o, c)) return false;
  o->p++;
  return true;
}

static inline void oracle_space(oracle *o) {
  while (o->p < o->end && strchr(" \t\r\n", *o->p) && *o->p)
    o->p++;
}

static inline bool oracle_word(oracle *o, const char *word) {
  size_t n = strlen(word);
  if ((size_t)(o->end - o->p) < n || memcmp(o->p, word, n) != 0) return false;
  o->p += n;
  return true;
}

static inline bool oracle_digits(oracle *o) {
  const uint8_t *start = o->p;
  while (o->p < o->end && *o->p >= '0' && *o->p <= '9')
    o->p++;
  return o->p > start;
}

static inline bool oracle_number(oracle *o) {
  oracle_take(o, '-');
  if (!oracle_take(o, '0') && !oracle_digits(o)) return false;
  if (oracle_take(o, '.') && !oracle_digits(o)) return false;
  if (!oracle_take(o, 'e') && !oracle_take(o, 'E')) return true;
  if (!oracle_take(o, '+')) oracle_take(o, '-');
  return oracle_digits(o);
}

static inline void oracle_put(oracle *o, uint32_t c) {
  static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
  if (c < 0x80) {
    o->out[o->n++] = (char)c;
    return;
  }
  int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  o->out[o->n++] = (char)(lead[more] | c >> 6 * more);
  while (more--)
    o->out[o->n++] = (char)(0x80 | (c >> 6 * more & 0x3f));
}

/* The four digits after \u, or UINT32_MAX. */
static inline uint32_t oracle_unit(oracle *o) {
  uint32_t v = 0;
  for (int i = 0; i < 4; i++) {
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = o->p < o->end && *o->p ? strchr(digits, *o->p) : NULL;
    if (!at) return UINT32_MAX;
    v = v << 4 | (uint32_t)(at - digits) % 16;
    o->p++;
  }
  return v;
}

static inline bool oracle_escape(oracle *o) {
  const char *letters = "\"\"\\\\//b\bf\fn\nr\rt\t";
  if (oracle_take(o, 'u')) {
    uint32_t v = oracle_unit(o);
    if (v == UINT32_MAX) return false;
    if (v >= 0xd800 && v < 0xdc00 && o->end - o->p >= 2 && o->p[0] == '\\' && o->p[1] == 'u') {
      const uint8_t *back = o->p;
      o->p += 2;
      uint32_t low = oracle_unit(o);
      if (low == UINT32_MAX) return false;
      if (low >= 0xdc00 && low < 0xe000)
        v = 0x10000 + ((v & 0x3ff) << 10) + (low & 0x3ff);
      else
        o->p = back;
    }
    if (v == 0 || (v >= 0xd800 && v < 0xe000)) o->odd = true;
    oracle_put(o, v);
    return true;
  }
  for (; *letters; letters += 2)
    if (oracle_take(o, letters[0])) {
      oracle_put(o, (uint32_t)letters[1]);
      return true;
    }
  return false;
}

/* RFC 3629 4, by its table. */
static inline bool oracle_utf8(oracle *o) {
  static const uint8_t table[][4] = {{0xc2, 0xdf, 0x80, 0xbf}, {0xe0, 0xe0, 0xa0, 0xbf},
                                     {0xe1, 0xec, 0x80, 0xbf}, {0xed, 0xed, 0x80, 0x9f},
                                     {0xee, 0xef, 0x80, 0xbf}, {0xf0, 0xf0, 0x90, 0xbf},
                                     {0xf1, 0xf3, 0x80, 0xbf}, {0xf4, 0xf4, 0x80, 0x8f}};
  uint8_t lead = *o->p;
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    if (lead < table[i][0] || lead > table[i][1]) continue;
    int more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (o->end - o->p <= more || o->p[1] < table[i][2] || o->p[1] > table[i][3]) return false;
    for (int k = 2; k <= more; k++)
      if ((o->p[k] & 0xc0) != 0x80) return false;
    memcpy(o->out + o->n, o->p, (size_t)more + 1);
    o->n += (size_t)more + 1;
    o->p += more + 1;
    return true;
  }
  return false;
}

static inline bool oracle_string(oracle *o) {
  o->n = 0;
  o->odd = false;
  if (!oracle_take(o, '"')) return false;
  while (o->p < o->end) {
    if (oracle_take(o, '"')) return true;
    if (*o->p < 0x20) return false;
    if (*o->p >= 0x80) {
      if (oracle_utf8(o)) continue;
      o->odd = true; /* that costs this string, not the others */
      o->out[o->n++] = (char)*o->p++;
    } else if (oracle_take(o, '\\')) {
      if (!oracle_escape(o)) return false;
    } else {
      o->out[o->n++] = (char)*o->p++;
    }
  }
  return false;
}

typedef struct {
  const char *const *names;
  oracle_member *members;
  size_t count;
} oracle_question;

static inline bool oracle_value(oracle *o, const oracle_question *q);

/* A token as the RFC has them (RFC 6749 A.12, A.17): a string of visible ASCII and spaces. */
static inline void oracle_note_token(oracle_member *m) {
  if (m->odd || !m->n || !fuzz_has_only((moat_span){m->text, m->n}, ' ', '~')) return;
  free(m->token);
  m->token = fuzz_text((fuzz_input){(const uint8_t *)m->text, m->n});
}

static inline bool oracle_note(oracle *o, const oracle_question *q, const char *name, size_t n) {
  const uint8_t *start = o->p;
  char type = o->p < o->end ? (char)*o->p : 0;
  oracle_member *m = NULL;
  for (size_t i = 0; q && i < q->count; i++)
    if (strlen(q->names[i]) == n && memcmp(q->names[i], name, n) == 0) m = &q->members[i];
  if (!oracle_value(o, NULL)) return false;
  if (!m) return true;
  free(m->text);
  m->text = NULL;
  m->n = 0;
  m->count++;
  m->type = strchr("-0123456789", type) ? '0' : type;
  m->odd = type == '"' && o->odd;
  m->any_odd = m->any_odd || m->odd;
  if (type == '"') {
    m->text = fuzz_copy(o->out, m->n = o->n);
    oracle_note_token(m);
  } else if (m->type == '0') {
    m->text = fuzz_copy(start, m->n = (size_t)(o->p - start));
  }
  return true;
}

static inline bool oracle_members(oracle *o, const oracle_question *q) {
  do {
    oracle_space(o);
    if (!oracle_string(o)) return false;
    char *name = fuzz_copy(o->out, o->n);
    size_t n = o->odd ? SIZE_MAX : o->n;
    oracle_space(o);
    bool good = oracle_take(o, ':');
    oracle_space(o);
    good = good && oracle_note(o, q, name, n);
    free(name);
    if (!good) return false;
    oracle_space(o);
  } while (oracle_take(o, ','));
  return oracle_take(o, '}');
}

static inline bool oracle_elements(oracle *o) {
  do {
    oracle_space(o);
    if (!oracle_value(o, NULL)) return false;
    oracle_space(o);
  } while (oracle_take(o, ','));
  return oracle_take(o, ']');
}

static inline bool oracle_inside(oracle *o, const oracle_question *q) {
  char open = (char)*o->p++;
  oracle_space(o);
  if (oracle_take(o, open == '{' ? '}' : ']')) return true;
  return open == '{' ? oracle_members(o, q) : oracle_elements(o);
}

static inline bool oracle_value(oracle *o, const oracle_question *q) {
  if (oracle_at(o, '"')) return oracle_string(o);
  if (oracle_at(o, 't')) return oracle_word(o, "true");
  if (oracle_at(o, 'f')) return oracle_word(o, "false");
  if (oracle_at(o, 'n')) return oracle_word(o, "null");
  if (!oracle_at(o, '{') && !oracle_at(o, '[')) return oracle_number(o);
  if (o->depth == ORACLE_DEEPEST) {
    o->too_deep = true;
    return false;
  }
  o->depth++;
  if (o->depth > o->deepest) o->deepest = o->depth;
  bool good = oracle_inside(o, q);
  o->depth--;
  return good;
}

enum { ORACLE_NO, ORACLE_YES, ORACLE_UNDECIDED };

/* Whether the text is one object; fills the members, whose texts oracle_free() frees. */
static inline int oracle_object(const char *text, size_t n, const char *const *names,
                                oracle_member *members, size_t count, unsigned *depth) {
  oracle_question q = {names, members, count};
  oracle o = {.p = (const uint8_t *)text, .end = (const uint8_t *)text + n};
  memset(members, 0, count * sizeof *members);
  if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) o.p += 3;
  o.out = fuzz_memory(n + 4, 0);
  oracle_space(&o);
  bool good = oracle_at(&o, '{') && oracle_value(&o, &q);
  oracle_space(&o);
  good = good && o.p == o.end;
  free(o.out);
  *depth = o.deepest;
  return o.too_deep ? ORACLE_UNDECIDED : good ? ORACLE_YES : ORACLE_NO;
}

static inline void oracle_free(oracle_member *members, size_t count) {
  for (size_t i = 0; i < count; i++) {
    free(members[i].text);
    free(members[i].token);
  }
}

#endif
