/* Finds where the keys of a TOML text (1.0) stand. */
#ifndef TOML_SCAN_H
#define TOML_SCAN_H

#include "document.h"

enum { TOML_PATH_SIZE = 1024 };

/* Keys from the root to a table or a value, with a NUL behind each. */
typedef struct {
  char text[TOML_PATH_SIZE];
  size_t n;
} toml_path;

/* A key and its value. */
typedef struct {
  bool found;
  bool is_inline;   /* in an inline table */
  size_t pair, key; /* where the pair, or its line, and the last part of the key begin */
  size_t at, n;     /* the value */
} toml_place;

/* Looks for `key` in the table `table`. With NULL the table is found: the root if it has the key,
 * else the only table that has it, and it is written to `found_in`. It is the root if none has the
 * key. Returns false if the text cannot be read. */
bool toml_find(document *d, const toml_path *table, const char *key, toml_place *place,
               toml_path *found_in);

/* Sets *at to the end of the last value of the root, or to 0 if the root has none. Sets *has_tables
 * if there are headers of tables. */
bool toml_root_end(document *d, size_t *at, bool *has_tables);

/* Reads the string at an offset. *n is its length, and the return value is where it ends, or 0 if
 * it cannot be read. `out` may be NULL. */
size_t toml_string(document *d, size_t at, bool lines, char *out, size_t size, size_t *n);

#endif
