/* As JSON it goes through the one reader that there is, with all its checks: what is odd here comes
 * out as no JSON there. */
#include "device.h"
#include "text.h"

/* Neither a JSON object nor a page begins with a letter. A broken escape becomes a byte that no
 * UTF-8 has. */
int moat__form_to_json(moat_reply *r) {
  moat_writer w = {.p = r->scratch, .size = r->scratch_size};
  const char *p = r->body, *end = p + r->body_size;
  int next = '='; /* what ends a name; in a value it is one of the value's */
  if (!r->body_size || !moat__is_alphanumeric(*p)) return 0;
  moat__put_text(&w, "{\"");
  for (; p < end; p++) {
    char c = *p == '+' ? ' ' : *p;
    if (c == '%' && end - p > 2) {
      int high = moat__hex(p[1]), low = moat__hex(p[2]);
      c = (char)(high < 0 || low < 0 ? -1 : high * 16 + low);
      p += 2;
    } else if (c == '&' || c == next) {
      next = c == '&' ? '=' : 0;
      moat__put_char(&w, '"');
      moat__put_char(&w, next ? ',' : ':');
      c = '"';
    }
    moat__put_char(&w, c);
  }
  moat__put_text(&w, "\"}");
  if (w.n > w.size) return MOAT_E_SPACE;
  r->body = w.p;
  r->body_size = w.n;
  r->scratch = w.p + w.n;
  r->scratch_size = w.size - w.n;
  return 0;
}
