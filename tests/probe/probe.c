/* The pure parts of the library, for trying corpora against them. Input is read from stdin as it
 * is, whatever bytes it holds. Exit status: 0 accepted, 1 rejected, 2 misuse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http.h"
#include "moat/tls.h"
#include "text.h"
#include "token.h"

enum { ACCEPTED, REJECTED, MISUSED };
enum { BODY_MAX = 65536, TOKEN_SIZE = 20 };

typedef struct {
  char *p;
  size_t n;
} input;

static void *allocate(void *old, size_t n) {
  void *p = realloc(old, n);
  if (!p) {
    fputs("probe: out of memory\n", stderr);
    exit(MISUSED);
  }
  return p;
}

static input read_stdin(void) {
  enum { STEP = 65536 };
  input in = {.p = NULL};
  size_t got;
  do {
    in.p = allocate(in.p, in.n + STEP);
    got = fread(in.p + in.n, 1, STEP, stdin);
    in.n += got;
  } while (got > 0);
  if (ferror(stdin)) {
    perror("probe: stdin");
    exit(MISUSED);
  }
  return in;
}

static int usage(void) {
  fputs("usage: probe http [--split N|all] | token STATUS | redirect STATE [ISSUER]\n"
        "           | request PATH STATE [PORT] | form | url      (input on stdin)\n",
        stderr);
  return MISUSED;
}

/* What came from outside, fit for a terminal; "-" where there is nothing. */
static void print_text(moat_span s) {
  if (s.n == 0) putchar('-');
  for (size_t i = 0; i < s.n; i++)
    putchar(s.p[i] >= ' ' && s.p[i] <= '~' ? s.p[i] : '?');
}

/* ---- http ------------------------------------------------------------------------------------ */

typedef struct {
  int result; /* 1, or an error */
  int status;
  size_t n;
  char body[BODY_MAX + MOAT__HTTP_ROOM];
} response;

/* The reader has room for a part of a piece at least, and takes the rest in the next round. */
static int feed(moat_http *h, const char *p, size_t n) {
  int result = 0;
  while (n > 0 && result == 0) {
    size_t room = moat__http_room(h), take = n < room ? n : room, unread;
    memcpy(moat__http_at(h), p, take);
    result = moat__http_feed(h, take, &unread);
    p += take;
    n -= take;
  }
  return result;
}

/* A first piece of its own size, and then pieces of `step`. */
static void read_response(response *r, input in, size_t first, size_t step) {
  static const char *const keep[] = {NULL};
  moat_http h;
  r->result = r->status = 0;
  moat__http_init(&h, r->body, sizeof r->body, BODY_MAX, keep);
  for (size_t at = 0; at < in.n && r->result == 0;) {
    size_t piece = at == 0 ? first : step;
    if (piece > in.n - at) piece = in.n - at;
    r->result = feed(&h, in.p + at, piece);
    at += piece;
  }
  if (r->result == 0) r->result = moat__http_eof(&h);
  r->status = moat__http_status(&h);
  r->n = h.held;
  if (moat__http_body(&h) != r->body) memmove(r->body, moat__http_body(&h), r->n);
}

static bool same(const response *a, const response *b) {
  if (a->result != b->result) return false;
  if (a->result != 1) return true;
  return a->status == b->status && a->n == b->n && memcmp(a->body, b->body, a->n) == 0;
}

static int print_response(const response *r) {
  uint8_t hash[32];
  if (r->result != 1) {
    printf("reject %s\n", moat_error_name(r->result));
    return REJECTED;
  }
  if (moat_crypto_mbedtls.sha256(NULL, r->body, r->n, hash) != MOAT_OK) return MISUSED;
  printf("accept %d %zu ", r->status, r->n);
  for (size_t i = 0; i < sizeof hash; i++)
    printf("%02x", (unsigned)hash[i]);
  putchar('\n');
  return ACCEPTED;
}

static int probe_http(int argc, char **argv) {
  static response whole, split;
  bool every = false;
  int32_t step = 0;
  if (argc == 2 && strcmp(argv[0], "--split") == 0) {
    every = strcmp(argv[1], "all") == 0;
    if (!every) step = moat__number(moat_str(argv[1]), INT32_MAX / 2);
    if (!every && step <= 0) return usage();
  } else if (argc != 0) {
    return usage();
  }
  input in = read_stdin();
  size_t piece = step > 0 ? (size_t)step : in.n;
  read_response(&whole, in, piece, piece);
  for (size_t i = 1; every && i < in.n; i++) {
    read_response(&split, in, i, in.n);
    if (same(&whole, &split)) continue;
    puts("SPLIT-DEPENDENT");
    free(in.p);
    return REJECTED;
  }
  free(in.p);
  return print_response(&whole);
}

/* ---- token ----------------------------------------------------------------------------------- */

static void print_json_string(moat_span s) {
  putchar('"');
  for (size_t i = 0; i < s.n; i++) {
    unsigned char c = (unsigned char)s.p[i];
    if (c < ' ' || c == 0x7F)
      printf("\\u%04x", (unsigned)c);
    else if (c == '"' || c == '\\')
      printf("\\%c", c);
    else
      putchar(c);
  }
  putchar('"');
}

static void print_member(const char *name, moat_span value) {
  if (value.n == 0) return;
  printf(",\"%s\":", name);
  print_json_string(value);
}

static int print_token(const moat_token *t) {
  fputs("{\"access_token\":", stdout);
  print_json_string(t->access_token);
  print_member("token_type", t->token_type);
  if (t->expires_in >= 0) printf(",\"expires_in\":%ld", (long)t->expires_in);
  print_member("refresh_token", t->refresh_token);
  print_member("scope", t->scope);
  print_member("id_token", t->id_token);
  puts("}");
  return ACCEPTED;
}

static int print_token_error(int code, const moat_error_info *e) {
  printf("error %s ", moat_error_name(code));
  print_text(e->error);
  if (e->provider_code)
    printf(" %ld\n", (long)e->provider_code);
  else
    puts(" -");
  return REJECTED;
}

static int probe_token(int argc, char **argv) {
  int32_t status = argc == 1 ? moat__number(moat_str(argv[0]), 599) : -1;
  if (status < 100) return usage();
  input in = read_stdin();
  moat_error_info e = {.code = MOAT_OK};
  moat_token token;
  int late = MOAT_OK, result = MOAT_E_SPACE;
  size_t scratch_size = (in.n + 1) * TOKEN_SIZE; /* no body makes more tokens than it has bytes */
  void *scratch = allocate(NULL, scratch_size);
  moat_reply r = {.status = (int)status,
                  .body = in.p,
                  .body_size = in.n,
                  .scratch = scratch,
                  .scratch_size = scratch_size};
  if (in.n <= BODY_MAX) result = moat__token_read(&r, &token, &late, &e);
  if (result == MOAT_OK) result = late;
  int exit_status = result == MOAT_OK ? print_token(&token) : print_token_error(result, &e);
  free(scratch);
  free(in.p);
  return exit_status;
}

/* ---- redirect, request, form, url ------------------------------------------------------------ */

static int probe_redirect(int argc, char **argv) {
  if (argc < 1 || argc > 2 || !argv[0][0]) return usage();
  moat_expect expect = {moat_str(argv[0]), moat_str(argc > 1 ? argv[1] : NULL)};
  moat_redirect out;
  input in = read_stdin();
  int result = moat_redirect_url(in.p, in.n, &expect, &out);
  if (result == MOAT_OK) {
    fputs("code ", stdout);
    print_text(out.code);
  } else {
    printf("error %s ", moat_error_name(result));
    print_text(out.error);
  }
  putchar('\n');
  free(in.p);
  return result == MOAT_OK ? ACCEPTED : REJECTED;
}

static int probe_request(int argc, char **argv) {
  int32_t port = argc > 2 ? moat__number(moat_str(argv[2]), UINT16_MAX) : 0;
  if (argc < 2 || argc > 3 || port < 0 || !argv[1][0]) return usage();
  moat_expect expect = {.state = moat_str(argv[1])};
  moat_redirect out;
  input in = read_stdin();
  int result = moat_redirect_request(in.p, in.n, moat_str(argv[0]), (uint16_t)port, &expect, &out);
  if (result == MOAT_OK) {
    fputs("accept ", stdout);
    print_text(out.code);
    putchar('\n');
  } else {
    /* A browser that ends its request before the head does has sent none. */
    printf("reject %d\n", result == MOAT_WANT_READ ? 400 : result);
  }
  free(in.p);
  return result == MOAT_OK ? ACCEPTED : REJECTED;
}

static int probe_form(void) {
  input in = read_stdin();
  moat_writer w = {.p = allocate(NULL, in.n * 3 + 1), .size = in.n * 3};
  moat__put_form(&w, (moat_span){in.p, in.n});
  fwrite(w.p, 1, w.n, stdout);
  putchar('\n');
  free(w.p);
  free(in.p);
  return ACCEPTED;
}

/* The newline that a shell puts after a line is not part of the URL. */
static int probe_url(void) {
  input in = read_stdin();
  moat_endpoint e;
  if (in.n > 0 && in.p[in.n - 1] == '\n') in.n--;
  char *memory = allocate(NULL, in.n + 2);
  int result = moat_url_split(in.p, in.n, memory, in.n + 2, &e);
  if (result == MOAT_OK)
    printf("accept %s %u %s\n", e.host, (unsigned)e.port, e.path);
  else
    printf("reject %s\n", moat_error_name(result));
  free(memory);
  free(in.p);
  return result == MOAT_OK ? ACCEPTED : REJECTED;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (strcmp(what, "http") == 0) return probe_http(argc - 2, argv + 2);
  if (strcmp(what, "token") == 0) return probe_token(argc - 2, argv + 2);
  if (strcmp(what, "redirect") == 0) return probe_redirect(argc - 2, argv + 2);
  if (strcmp(what, "request") == 0) return probe_request(argc - 2, argv + 2);
  if (strcmp(what, "form") == 0 && argc == 2) return probe_form();
  if (strcmp(what, "url") == 0 && argc == 2) return probe_url();
  return usage();
}
