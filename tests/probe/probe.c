/* The pure parts of the library, for trying corpora against them. Input is read from stdin as it
 * is, whatever bytes it holds. Exit status: 0 accepted, 1 rejected, 2 misuse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/http.h"
#include "moat/tls.h"
#include "text/text.h"
#include "grant/grant.h"
#include "grant/token.h"

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
  fputs("usage: probe http [--split N|all] | token STATUS\n"
        "           | answer refresh|code|device|poll STATUS [RETRY-AFTER]\n"
        "           | redirect STATE [ISSUER] | request PATH STATE [PORT] | form | url\n"
        "       (input on stdin)\n",
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
  int32_t status = argc == 1 ? moat__number(moat_str(argv[0]), 999) : -1;
  if (status < 100) return usage();
  input in = read_stdin();
  in.p = allocate(in.p, in.n ? in.n : 1); /* so that a sanitizer sees a byte too many */
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

/* ---- answer ---------------------------------------------------------------------------------- */

/* A connection on which one answer comes, whatever was asked, and then an orderly end. */
typedef struct {
  const char *p;
  size_t left;
} wire;

static int wire_connect(void *io, const char *host, uint16_t port) {
  (void)io, (void)host, (void)port;
  return MOAT_OK;
}

static int wire_send(void *io, const void *p, size_t n) {
  (void)io, (void)p;
  return (int)n;
}

static int wire_recv(void *io, void *p, size_t cap) {
  wire *w = io;
  size_t take = cap < w->left ? cap : w->left;
  if (!take) return MOAT_E_EOF;
  memcpy(p, w->p, take);
  w->p += take;
  w->left -= take;
  return (int)take;
}

static void wire_close(void *io) {
  (void)io;
}

static uint32_t stopped(void *ctx) {
  (void)ctx;
  return 0;
}

/* A single poll. The device flow polls again where it may, and keeps no verdict then. */
static const moat__parameter poll_parameters[] = {
    {"device_code", offsetof(moat_refresh_grant, refresh_token), false}, {NULL, 0, false}};
static const moat__token_grant poll = {.ops = {.keep_headers = moat__token_headers,
                                               .build = moat__grant_build,
                                               .before_send = moat__grant_before_send,
                                               .reply = moat__grant_reply,
                                               .replay = MOAT_REPLAY_NEVER},
                                       .type =
                                           "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code",
                                       .asked = MOAT_ASKED_POLL,
                                       .parameters = poll_parameters};

/* One exchange of that kind. The device flow waits once there is a code to show.
 * MOAT_E_MISUSE: there is no such kind. */
static int ask(moat_client *c, const char *what) {
  static const moat_endpoint endpoint = {"server.example", 443, "/"};
  static const moat_auth auth = {&moat_auth_post, {"client", 6}, {"secret", 6}};
  static char access[BODY_MAX], memory[BODY_MAX];
  moat_span it = {"it", 2};
  moat_grant g = {
      .endpoint = &endpoint, .auth = &auth, .access = access, .access_size = sizeof access};
  moat_refresh_grant refresh = {.grant = g, .refresh_token = it};
  moat_code_grant code = {.grant = g, .code = it, .code_verifier = it, .redirect_uri = it};
  moat_device_grant device = {
      .grant = g, .device_endpoint = &endpoint, .memory = memory, .memory_size = sizeof memory};
  int r = MOAT_E_MISUSE;
  if (strcmp(what, "refresh") == 0) r = moat_refresh_begin(c, &refresh);
  if (strcmp(what, "code") == 0) r = moat_code_begin(c, &code);
  if (strcmp(what, "device") == 0) r = moat_device_begin(c, &device);
  if (strcmp(what, "poll") == 0) r = moat__grant_begin(c, &refresh.grant, &poll);
  return r == MOAT_OK ? moat_step(c) : r;
}

/* The answer as it comes in, from a server whose clock is right. */
static wire make_answer(int32_t status, const char *retry_after, input body) {
  static const char before[] = "\r\nRetry-After: ";
  char date[64];
  time_t now = time(NULL);
  size_t size = sizeof date + strlen(retry_after) + body.n + 128;
  char *p = allocate(NULL, size);
  (void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
  int n = snprintf(p, size, "HTTP/1.1 %ld \r\nDate: %s\r\nContent-Length: %zu%s%s\r\n\r\n",
                   (long)status, date, body.n, *retry_after ? before : "", retry_after);
  memcpy(p + n, body.p, body.n);
  return (wire){p, (size_t)n + body.n};
}

static int print_verdict(const moat_error_info *e) {
  static const char *const needs[] = {
      [MOAT_NEED_NOTHING] = "nothing", [MOAT_NEED_SIGN_IN] = "sign-in",
      [MOAT_NEED_WAIT] = "wait",       [MOAT_NEED_CLOCK] = "clock",
      [MOAT_NEED_PROFILE] = "profile", [MOAT_NEED_DEVICE] = "device",
      [MOAT_NEED_PENDING] = "pending", [MOAT_NEED_SLOW_DOWN] = "slow-down"};
  moat_verdict v = moat_judge(e);
  if (v.need == MOAT_NEED_PENDING || v.need == MOAT_NEED_SLOW_DOWN) {
    puts(needs[v.need]);
    return ACCEPTED;
  }
  printf("need %s %s %lu\n", needs[v.need], v.definite ? "definite" : "indefinite",
         (unsigned long)v.seconds);
  return v.need == MOAT_NEED_NOTHING ? ACCEPTED : REJECTED;
}

static int probe_answer(int argc, char **argv) {
  static const moat_platform platform = {.ticks_ms = stopped};
  static const moat_stream_ops stream = {
      .connect = wire_connect, .send = wire_send, .recv = wire_recv, .close = wire_close};
  static char work[BODY_MAX];
  moat_client c;
  int32_t status = argc == 2 || argc == 3 ? moat__number(moat_str(argv[1]), 999) : -1;
  if (status < 100) return usage();
  input in = read_stdin();
  wire answer = make_answer(status, argc > 2 ? argv[2] : "", in), io = answer;
  moat_config config = {
      .platform = &platform, .stream = &stream, .io = &io, .work = work, .work_size = sizeof work};
  if (moat_init(&c, &config) != MOAT_OK) return MISUSED;
  int r = ask(&c, argv[0]);
  r = r == MOAT_E_MISUSE ? usage() : print_verdict(moat_error(&c));
  free((char *)(uintptr_t)answer.p);
  free(in.p);
  return r;
}

/* ---- redirect, request, form, url ------------------------------------------------------------ */

static int probe_redirect(int argc, char **argv) {
  if (argc < 1 || argc > 2 || !argv[0][0]) return usage();
  moat_expect expect = {.state = moat_str(argv[0]), .issuer = moat_str(argc > 1 ? argv[1] : NULL)};
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
  if (strcmp(what, "answer") == 0) return probe_answer(argc - 2, argv + 2);
  if (strcmp(what, "redirect") == 0) return probe_redirect(argc - 2, argv + 2);
  if (strcmp(what, "request") == 0) return probe_request(argc - 2, argv + 2);
  if (strcmp(what, "form") == 0 && argc == 2) return probe_form();
  if (strcmp(what, "url") == 0 && argc == 2) return probe_url();
  return usage();
}
