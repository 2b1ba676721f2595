/* The text of a file that another program reads too, while Moat changes its own keys in it. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include "../cli.h"

typedef struct {
  char *p;
  size_t n, size;
  const char *anchor; /* TOML: the key whose table has the others as well */
  moat_span section;  /* INI: the name of the section that is changed */
  /* Why the text cannot be read or changed, and where; NULL if it can. */
  const char *wrong;
  size_t wrong_at;
} document;

/* Sets `wrong`, unless it is set already. Returns false. */
bool document_wrong(document *d, size_t at, const char *why);
/* The number of the line of an offset, from 1. */
int document_line(const document *d, size_t at);

/* Puts other bytes in place of `n` bytes. */
bool document_replace(document *d, size_t at, size_t n, moat_span with);
/* Adds a line at the end. If the last line has no end, the new one gets none either. */
bool document_append(document *d, moat_span line);

/* The byte at an offset, or -1 behind the end. */
int document_at(const document *d, size_t at);
/* The length of a byte order mark at the start. */
size_t document_start(const document *d);
/* The line end that the text uses. */
const char *document_newline(const document *d);
/* The length of a line end at an offset, or 0. */
size_t document_line_end(const document *d, size_t at);

/* Text that is collected before it is put into a document. There is one at a time. */
void piece_begin(void);
void piece_bytes(const char *p, size_t n);
void piece_string(const char *s);
moat_span piece_end(void); /* absent if it is too long */
/* Wipes the last one. */
void piece_wipe(void);

/* A way to write keys and values. */
typedef struct {
  /* Reads the value of a key as text. Returns 1, or 0 if there is none or it is no text, or -1 with
   * `wrong` set. A text of more than `size` bytes is none. */
  int (*get)(document *d, const char *key, char *out, size_t size, size_t *n);
  /* Changes the value of a key. A new key comes behind the key `after`, which may be NULL. */
  bool (*set)(document *d, const char *key, const char *after, moat_span value);
  /* Removes a key. NULL: a missing value is set to the empty string. */
  bool (*remove)(document *d, const char *key);
} language;

/* Finds the next section from an offset on, and moves the offset behind its name. */
bool ini_next(document *d, size_t *at, moat_span *name);

extern const language language_env, language_ini, language_json, language_toml;

#endif
