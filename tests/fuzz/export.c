/* Files of other programs that an export changes. */
#include "fuzz.h"

#include "export/formats.h"

/* Instead of files.c's, which nothing here calls. */
int __wrap_write_all(int fd, const char *p, size_t n);
int __wrap_write_all(int fd, const char *p, size_t n) {
  (void)fd, (void)p, (void)n;
  abort();
}

static const char *const names[] = {"ballerina", "env", "json", "onedrive", "rclone"};

typedef struct {
  const export_format *f;
  exported e;
  document d;
  char found[512];
} run;

/* Any text of a token that a provider may give out. */
static char *token_of(fuzz_input in) {
  char *token = fuzz_text(in);
  for (size_t i = 0; i < in.n; i++)
    token[i] = (char)(' ' + (unsigned char)token[i] % 95);
  return token;
}

static int get(run *r, size_t *n) {
  int found = r->f->get(&r->d, &r->e, r->found, sizeof r->found, n);
  CHECK(found >= -1 && found <= 1);
  CHECK((found < 0) == (r->d.wrong != NULL));
  CHECK(found <= 0 || *n <= sizeof r->found);
  return found;
}

/* A document that was changed has what was put there, and a second time changes nothing. */
static void check_changed(run *r) {
  size_t n = 0, before = r->d.n;
  char *text = fuzz_copy(r->d.p, before);
  int found = get(r, &n);
  CHECK(found >= 0);
  if (r->e.refresh_token.n && r->e.refresh_token.n <= sizeof r->found)
    CHECK(found == 1 && moat_span_equal(r->e.refresh_token, (moat_span){r->found, n}));
  CHECK(r->f->put(&r->d, &r->e));
  CHECK(r->d.n == before && memcmp(r->d.p, text, before) == 0);
  free(text);
}

/* The first byte chooses the format, the second the room that is left; then come a token up to
 * 0xff, and the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  static run r;
  r = (run){.f = format_find(names[fuzz_byte(&in) % 5])};
  size_t room = (size_t)(255 - fuzz_byte(&in)) * 32, n = 0;
  fuzz_input part = fuzz_part(&in);
  char *token = token_of(part);
  r.e = (exported){.name = "drive",
                   .refresh_token = {token, part.n},
                   .client_id = moat_str("id"),
                   .client_secret = moat_str(part.n % 2 ? "a \"b\\'" : ""),
                   .token_url = moat_str("https://x.test/token")};
  r.d = (document){.p = fuzz_memory(in.n + room, 0xa5), .n = in.n, .size = in.n + room};
  if (in.n) memcpy(r.d.p, in.p, in.n);
  if (get(&r, &n) >= 0) {
    CHECK(fuzz_is_inside((moat_span){r.found, n}, r.found, sizeof r.found) || n > sizeof r.found);
    if (r.f->put(&r.d, &r.e))
      check_changed(&r);
    else
      CHECK(r.d.wrong);
  }
  CHECK(r.d.n <= r.d.size);
  if (r.d.wrong) CHECK(document_line(&r.d, r.d.wrong_at) >= 1);
  free(r.d.p);
  free(token);
  return 0;
}
