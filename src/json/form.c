/* Every body is tried as a form before it is tried as JSON. So a body that is no form is left
 * unchanged. */
#include "form.h"
#include "../text/text.h"

/* JSON begins with a brace and so is no form. Plain text may contain a link with an `error` in it,
 * but a space or a colon comes before the first '='. */
static bool is_form(const char *p, const char *end) {
  while (p < end && *p == '&')
    p++;
  while (p < end && (moat__is_alphanumeric(*p) || *p == '_' || *p == '-' || *p == '.'))
    p++;
  return p < end && *p == '=';
}

int moat__form_read(char *text, size_t n, const moat__members *m) {
  moat_span rest = {text, n};
  int result = MOAT_E_JSON;
  if (!is_form(text, text + n)) return result;
  while (rest.n) {
    moat_span value = moat__take(&rest, '&'), name = moat__take(&value, '=');
    if (!value.n) continue;
    char *p = text + (name.p - text);
    int size = moat__unescape(p, name.n, true);
    size_t i = size < 0 ? m->count : moat__members_find(m, (moat_span){p, (size_t)size});
    if (i == m->count || m->names[i].kinds & MOAT__OBJECT) continue;
    p = text + (value.p - text);
    if (moat__members_set(m, i, p, moat__unescape(p, value.n, true), value.n)) result = 0;
  }
  return result;
}
