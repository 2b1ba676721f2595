/* The check of a document that somebody else is going to read. */
#include "json.h"
#include "json_check.h"

int moat__json_check(moat_span text, void *scratch, size_t scratch_size) {
  moat__json j;
  moat_span name, value;
  if (!moat__json_begin(&j, text.p, text.n, scratch, scratch_size)) return MOAT_E_JSON;
  int result;
  do
    result = moat__json_next(&j, &name, &value);
  while (result > 0);
  return result;
}
