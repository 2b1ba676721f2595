/* Whole flows: everything between a caller and a port, with the server, the port, the clock and the
 * power made up by the input.
 *
 * An input is settings, faults and answers, with 0xff between them and between two answers. Faults
 * are pairs: so many calls of the port that go well, then one that does not. So an input without
 * faults is a good day, and a mutator can put one fault anywhere.
 *
 * An answer is sent as it is, or, if it begins with a status and a space, as the body of an answer
 * of that status; in such a body '#' is a letter of its own for each answer. */
#include "fuzz.h"
#include "json_oracle.h"

#include <limits.h>
#include <strings.h>

#include "moat/account.h"
#include "moat/tls.h"

enum { TOKEN, REDEEM, SIGN_IN, RENEW, REFUSED, FORGET, NIGHT, ADOPT, GIVE_UP, LOAD, KINDS };

enum { ROUNDS = 8, ANSWERS = 12, TOKEN_SIZE = 256, SLOT_SIZE = 2048 };
enum { DATE = 1700000000, DAY_MS = 86400000 };

static const char secret[] = "CLIENT-SECRET_0123456789";
static const char typed[] = "TYPED.0123"; /* a code, or a refresh token from elsewhere */
static const char url[] = "https://login.example/token";

/* Tokens that the server has issued, as far as its answers could be understood. */
typedef struct {
  bool delivered, raw, object, doubtful, usable;
  int status;
  char access[TOKEN_SIZE], refresh[TOKEN_SIZE];
  int64_t life; /* seconds, or -1 */
  uint64_t sent_ms;
  const char *body;
  size_t body_size;
} issue;

typedef struct {
  char *p;
  size_t n, head; /* bytes before the body of one that was made */
  issue issue;
} answer;

static struct {
  fuzz_input faults;
  size_t fault_count;
  unsigned skip, calls;
  bool cut; /* the power went away */

  uint64_t ms, boot_ms, request_ms;
  uint32_t ticks_offset;
  int64_t date_offset;
  bool date_known, honest;

  answer answers[ANSWERS];
  unsigned answer_count, next;
  answer *now; /* being given */
  size_t given, sent;
  bool connected, silent;
  char host[64];
  const void *again;
  size_t again_size;

  char slots[MOAT_SLOTS][SLOT_SIZE];
  size_t sizes[MOAT_SLOTS];
  int half; /* the slot that a write or erase is to be called for again, or -1 */
  char half_bytes[SLOT_SIZE];
  size_t half_size;
  bool locked, slot_failed; /* since the last answer */

  /* The round */
  uint8_t kind;
  bool shown, interrupted;
  int last_issue, first_issue;
  unsigned ends, requests;
} w;

enum { UNUSED = 0x5a }; /* a byte of the device's memory before anybody writes to it */

/* What the device has in memory. */
static struct {
  moat_account a;
  moat_account_config config;
  char *memory;
  size_t size, work_size;
  moat_auth auth;
  char secret[4096]; /* begins with `secret`, and may be too long for the work buffer */
  char url[1024];
  uint8_t flags;
} d;

static const moat_endpoint token_endpoint = {"login.example", 443, "/token"};
static const moat_endpoint device_endpoints[] = {{"login.example", 443, "/device"},
                                                 {"other.example", 443, "/device"},
                                                 {"login.example", 8443, "/device"},
                                                 {"other.example", 8443, "/device"}};

/* ---- Faults ---- */

/* 0 where all goes well. */
static uint8_t fault(void) {
  w.calls++;
  if (w.skip) {
    w.skip--;
    return 0;
  }
  if (!w.faults.n) return 0;
  uint8_t f = fuzz_byte(&w.faults);
  w.skip = fuzz_byte(&w.faults);
  return f;
}

enum { PIECE, WANT, NUMBER, SPECIAL };

static int kind_of(uint8_t f) {
  return f < 0x40 ? PIECE : f < 0x60 ? WANT : f < 0xc0 ? NUMBER : SPECIAL;
}

static int want_of(uint8_t f) {
  return MOAT_WANT_READ - f % 3;
}

/* An error: one of Moat's, or any other number. */
static int number_of(uint8_t f) {
  static const int known[] = {MOAT_E_NETWORK, MOAT_E_EOF,    MOAT_E_DNS,    MOAT_E_CONNECT,
                              MOAT_E_TLS,     MOAT_E_CERT,   MOAT_E_CLOCK,  MOAT_E_RANDOM,
                              MOAT_E_MEMORY,  MOAT_E_PORT,   MOAT_E_MISUSE, MOAT_E_SPACE,
                              MOAT_E_TIMEOUT, MOAT_E_CANCEL, MOAT_E_BUSY,   MOAT_E_LATER,
                              MOAT_E_NEWER,   MOAT_E_STATUS, MOAT_E_OAUTH,  MOAT_E_LOST};
  static const int other[] = {-4,      -16,     -28,  -99, -198, -220,   -1000,
                              -0x6600, INT_MIN, -100, 1,   5,    INT_MAX};
  if (f < 0xa0) return known[(f - 0x60u) % (sizeof known / sizeof *known)];
  return other[(f - 0xa0u) % (sizeof other / sizeof *other)];
}

/* Where a positive number would be a count. */
static int error_of(uint8_t f) {
  int r = number_of(f);
  return r > 0 ? MOAT_E_PORT : r;
}

/* ---- Time ---- */

static uint32_t ticks(void *ctx) {
  (void)ctx;
  return (uint32_t)(w.ms - w.boot_ms) + w.ticks_offset;
}

static int64_t date(void) {
  return DATE + w.date_offset + (int64_t)(w.ms / 1000);
}

static void jump_date(uint8_t f) {
  static const int64_t jumps[] = {-86400, 86400, -DATE, INT32_MAX, INT64_C(1) << 40, -DATE - 1};
  w.date_offset += jumps[f % 6];
  w.honest = false;
}

static int quiet_date(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = date();
  return w.date_known ? 0 : MOAT_E_CLOCK;
}

static int odd_date(void *ctx, int64_t *seconds) {
  uint8_t f = fault();
  if (kind_of(f) == SPECIAL) jump_date(f);
  if (kind_of(f) == SPECIAL && f >= 0xf0) {
    *seconds = f & 1 ? INT64_MAX : INT64_MIN;
    return 0;
  }
  if (kind_of(f) == NUMBER) return number_of(f);
  return quiet_date(ctx, seconds);
}

/* What happens while nothing happens. False: whatever goes on is given up. */
static bool pass(int want, uint32_t ms) {
  uint8_t f = fault();
  w.ms += want == MOAT_WANT_TIME || w.silent || ms < 2 ? ms : 1;
  if (kind_of(f) == WANT) w.ms += (uint64_t)(f & 0x1f) * 3600000;
  if (kind_of(f) == NUMBER) w.ms += (uint64_t)(f & 0x3f) * DAY_MS;
  if (kind_of(f) != SPECIAL) return true;
  switch (f & 7) {
  case 0: return false;
  case 1: w.cut = true; return false;
  case 2:
    w.ticks_offset += (uint32_t)f << 24;
    w.honest = false;
    return true;
  case 3: w.date_known = !w.date_known; return true;
  default: jump_date(f); return true;
  }
}

/* ---- The server ---- */

static void note_token(issue *i, char to[TOKEN_SIZE], const char *token) {
  size_t n = token ? strlen(token) : 0;
  if (n >= TOKEN_SIZE)
    i->doubtful = true;
  else if (n)
    memcpy(to, token, n);
}

static void understand(answer *a) {
  enum { ACCESS, REFRESH, EXPIRES, ERROR, TYPE, SCOPE, ID, MEMBERS };
  static const char *const names[MEMBERS] = {"access_token", "refresh_token", "expires_in", "error",
                                             "token_type",   "scope",         "id_token"};
  oracle_member m[MEMBERS];
  unsigned depth;
  issue *i = &a->issue;
  i->body = a->p + a->head;
  i->body_size = a->n - a->head;
  i->object = oracle_object(i->body, i->body_size, names, m, MEMBERS, &depth) == ORACLE_YES;
  /* It may be a form, which form.c looks at. */
  i->doubtful = !i->object || depth > 64;
  for (unsigned k = 0; k < MEMBERS; k++)
    if (m[k].any_odd || m[k].count > 1) i->doubtful = true;
  i->usable = i->object && i->status >= 200 && i->status < 300;
  if (m[ERROR].type == '"' && m[ERROR].n) i->usable = false;
  note_token(i, i->access, m[ACCESS].token);
  note_token(i, i->refresh, m[REFRESH].token);
  i->life = -1;
  if (m[EXPIRES].count == 1 && m[EXPIRES].type == '0' && m[EXPIRES].n < 10 &&
      fuzz_has_only((moat_span){m[EXPIRES].text, m[EXPIRES].n}, '0', '9')) {
    i->life = 0;
    for (size_t k = 0; k < m[EXPIRES].n; k++)
      i->life = i->life * 10 + (m[EXPIRES].text[k] - '0');
  }
  if (i->life == 0) i->life = -1; /* unknown, and not over at once */
  oracle_free(m, MEMBERS);
}

static void make_answer(answer *a, fuzz_input in, unsigned index) {
  bool made =
      in.n > 3 && in.p[3] == ' ' && fuzz_has_only((moat_span){(const char *)in.p, 3}, '0', '9');
  char head[128];
  int n = 0;
  if (made) {
    a->issue.status = (in.p[0] - '0') * 100 + (in.p[1] - '0') * 10 + (in.p[2] - '0');
    in = (fuzz_input){in.p + 4, in.n - 4};
    n = snprintf(head, sizeof head, "HTTP/1.1 %03d X\r\nContent-Length: %zu\r\n\r\n",
                 a->issue.status, in.n);
  }
  a->head = (size_t)n;
  a->n = a->head + in.n;
  a->p = fuzz_memory(a->n, 0);
  memcpy(a->p, head, a->head);
  if (in.n) memcpy(a->p + a->head, in.p, in.n);
  for (size_t i = a->head; made && i < a->n; i++)
    if (a->p[i] == '#') a->p[i] = (char)('a' + index);
  bool no_body = a->issue.status == 204 || a->issue.status == 304;
  a->issue.raw = no_body || a->issue.status < 200 || a->issue.status > 599;
}

static void delivered(void) {
  issue *i = &w.now->issue;
  i->delivered = true;
  i->sent_ms = w.request_ms;
  if (!i->raw) understand(w.now);
  if (w.kind == SIGN_IN && !w.shown) i->usable = false; /* it is a code */
  w.last_issue = (int)(w.now - w.answers);
  w.slot_failed = false;
}

static int connect_(void *io, const char *host, uint16_t port) {
  (void)io;
  uint8_t f = fault();
  CHECK(!w.connected);
  CHECK(port == 443 || port == 8443);
  if (kind_of(f) == WANT) return want_of(f);
  if (kind_of(f) == NUMBER) return number_of(f);
  if (w.next == w.answer_count) return MOAT_E_CONNECT;
  w.connected = true;
  w.silent = kind_of(f) == SPECIAL;
  snprintf(w.host, sizeof w.host, port == 443 ? "\r\nHost: %s\r\n" : "\r\nHost: %s:%u\r\n", host,
           (unsigned)port);
  w.now = NULL;
  w.sent = w.given = 0;
  return 0;
}

static void check_mark(void);

/* A request begins: it is for the server that the connection is with. */
static void begin_request(const char *p, size_t n) {
  CHECK(n > 5 && memcmp(p, "POST ", 5) == 0);
  CHECK(fuzz_count((moat_span){p, n}, moat_str(w.host)) == 1);
  w.request_ms = w.ms;
  w.requests++;
  w.now = NULL;
  w.sent = w.given = 0;
  check_mark();
}

static int send_(void *io, const void *p, size_t n) {
  (void)io;
  uint8_t f = fault();
  CHECK(w.connected && n > 0);
  (void)fuzz_touch((moat_span){p, n});
  if (w.again) CHECK(w.again == p && w.again_size == n);
  w.again = NULL;
  if (w.now || !w.sent) begin_request(p, n);
  if (kind_of(f) == WANT) {
    w.again = p;
    w.again_size = n;
    w.sent += !w.sent; /* it has begun all the same */
    return want_of(f);
  }
  if (kind_of(f) == NUMBER) return error_of(f);
  if (kind_of(f) == SPECIAL) return f & 1 ? 0 : f & 2 ? INT_MAX : (int)n + 1;
  size_t take = f && f < n ? f : n;
  w.sent += take;
  return (int)take;
}

static int idle(uint8_t f, void *p) {
  *(char *)p = 'x';
  return kind_of(f) == NUMBER ? error_of(f) : kind_of(f) == SPECIAL ? 1 : MOAT_WANT_READ;
}

/* The next answer begins once a request has come. */
static int recv_(void *io, void *p, size_t cap) {
  (void)io;
  uint8_t f = fault();
  CHECK(w.connected && cap > 0);
  if (!w.now && w.sent && w.next < w.answer_count) w.now = &w.answers[w.next++];
  size_t left = w.now ? w.now->n - w.given : 0;
  if (cap == 1 && !left) return idle(f, p);
  if (w.silent) return MOAT_WANT_READ;
  if (kind_of(f) == WANT) return want_of(f);
  if (kind_of(f) == NUMBER) return error_of(f);
  if (kind_of(f) == SPECIAL) return f & 1 ? 0 : f & 2 ? INT_MAX : (int)cap + 1;
  size_t take = left < cap ? left : cap;
  if (f && f < take) take = f;
  if (!take) return MOAT_E_EOF;
  memcpy(p, w.now->p + w.given, take);
  w.given += take;
  if (w.given == w.now->n) delivered();
  return (int)take;
}

static void close_(void *io) {
  (void)io;
  w.connected = w.silent = false;
  w.again = NULL;
}

static int32_t detail(void *io) {
  (void)io;
  return -7;
}

static unsigned wait_count;

static int wait_(void *io, int want, uint32_t ms) {
  (void)io;
  CHECK(fuzz_is_want(want) && ms);
  if (++wait_count > 200 && w.next == w.answer_count) return MOAT_E_CANCEL;
  CHECK(wait_count < 5000 + 8 * w.fault_count);
  if (!pass(want, ms)) return MOAT_E_CANCEL;
  uint8_t f = fault();
  if (kind_of(f) == NUMBER) w.interrupted = true;
  return kind_of(f) == NUMBER ? number_of(f) : kind_of(f) == WANT ? MOAT_WANT_TIME : 0;
}

static const moat_stream_ops stream = {.connect = connect_,
                                       .send = send_,
                                       .recv = recv_,
                                       .close = close_,
                                       .wait = wait_,
                                       .detail = detail};

/* ---- The slots ---- */

static int quiet_read(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  (void)ctx;
  *n = w.sizes[slot];
  if (!*n) return MOAT_E_EMPTY;
  if (*n > cap) return MOAT_E_SPACE;
  memcpy(p, w.slots[slot], *n);
  return 0;
}

static int quiet_write(void *ctx, int slot, const void *p, size_t n) {
  (void)ctx;
  if (n > SLOT_SIZE) return MOAT_E_SPACE;
  memcpy(w.slots[slot], p, n);
  w.sizes[slot] = n;
  return 0;
}

static int quiet_erase(void *ctx, int slot) {
  (void)ctx;
  w.sizes[slot] = 0;
  return 0;
}

static int read_(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  uint8_t f = fault();
  bool lies = kind_of(f) == SPECIAL;
  if (kind_of(f) != PIECE) w.slot_failed = true;
  if (kind_of(f) == WANT) return want_of(f);
  if (kind_of(f) == NUMBER) return number_of(f);
  int r = quiet_read(ctx, slot, p, cap, n);
  if (r == 0 && lies) *n = f & 4 ? SIZE_MAX - f % 4 : cap + 1 + f % 4;
  return r;
}

/* The same bytes come again after a WANT_TIME, for as long as nothing else happens. */
static void check_half(int slot, const void *p, size_t n) {
  if (w.half == slot) CHECK(n == w.half_size && (!n || memcmp(p, w.half_bytes, n) == 0));
  w.half = -1;
}

static int later(int slot, const void *p, size_t n) {
  w.half = slot;
  w.half_size = n;
  if (n) memcpy(w.half_bytes, p, n);
  return MOAT_WANT_TIME;
}

/* One that fails leaves what there was, the whole of what was to be written, or a part of it. */
static int write_(void *ctx, int slot, const void *p, size_t n) {
  uint8_t f = fault();
  CHECK(slot >= 0 && slot < MOAT_SLOTS && n > 0);
  CHECK(w.locked || (d.flags & 0x20));
  (void)fuzz_touch((moat_span){p, n});
  check_half(slot, p, n);
  if (kind_of(f) == WANT && n <= SLOT_SIZE) return later(slot, p, n);
  if (kind_of(f) != NUMBER && kind_of(f) != SPECIAL) return quiet_write(ctx, slot, p, n);
  w.slot_failed = true;
  if (f & 1) (void)quiet_write(ctx, slot, p, f & 2 ? n : n * (f & 0x1fu) / 64);
  return kind_of(f) == NUMBER ? number_of(f) : MOAT_E_STORE;
}

static int erase_(void *ctx, int slot) {
  uint8_t f = fault();
  CHECK(slot >= 0 && slot < MOAT_SLOTS);
  check_half(slot, "", 0);
  if (kind_of(f) == WANT) return later(slot, "", 0);
  if (kind_of(f) != NUMBER && kind_of(f) != SPECIAL) return quiet_erase(ctx, slot);
  w.slot_failed = true;
  return kind_of(f) == NUMBER ? number_of(f) : MOAT_E_STORE;
}

static int lock_(void *ctx) {
  (void)ctx;
  uint8_t f = fault();
  CHECK(!w.locked);
  if (kind_of(f) != PIECE) w.slot_failed = true;
  if (kind_of(f) == WANT) return want_of(f);
  if (kind_of(f) == NUMBER) return number_of(f);
  w.locked = true;
  return 0;
}

static void unlock_(void *ctx) {
  (void)ctx;
  CHECK(w.locked);
  w.locked = false;
}

static int random_(void *ctx, void *p, size_t n) {
  (void)ctx;
  uint8_t f = fault();
  if (kind_of(f) == NUMBER) return number_of(f);
  memset(p, f, n);
  return 0;
}

static void event(void *ctx, int number, int32_t value) {
  (void)ctx;
  (void)value;
  CHECK(number >= 0 && number < 64);
  w.ends += number == MOAT_EVENT_CLOSE;
}

static const moat_platform platform = {
    .ticks_ms = ticks,
    .unix_time = odd_date,
    .random = random_,
    .slot_read = read_,
    .slot_write = write_,
    .slot_erase = erase_,
    .lock = lock_,
    .unlock = unlock_,
    .event = event,
};
static const moat_platform platform_alone = {
    .ticks_ms = ticks,
    .unix_time = odd_date,
    .random = random_,
    .slot_read = read_,
    .slot_write = write_,
    .slot_erase = erase_,
    .event = event,
};
static const moat_platform quiet = {.ticks_ms = ticks,
                                    .unix_time = quiet_date,
                                    .slot_read = quiet_read,
                                    .slot_write = quiet_write,
                                    .slot_erase = quiet_erase};

static const moat_platform *port(void) {
  return d.flags & 0x20 ? &platform_alone : &platform;
}

/* ---- What is stored, by a port without faults ---- */

typedef struct {
  int result;
  bool marked, dead;
  char refresh[2 * TOKEN_SIZE];
} stored;

static stored look(void) {
  static char buffer[SLOT_SIZE];
  stored found = {.marked = false};
  moat_store s;
  moat_store_init(&s, &quiet, NULL, buffer, sizeof buffer);
  found.result = moat_store_load(&s);
  if (found.result) return found;
  found.marked = s.note.marked;
  found.dead = s.note.dead_code != 0;
  if (s.record.refresh_token.n < sizeof found.refresh)
    memcpy(found.refresh, s.record.refresh_token.p, s.record.refresh_token.n);
  return found;
}

/* Nothing goes out before it would be known after a power failure that it might have. */
static void check_mark(void) {
  if (w.kind == REDEEM) CHECK(w.sizes[MOAT_SLOT_PENDING] == 0);
  if (w.kind == TOKEN || w.kind == RENEW || w.kind == REFUSED) CHECK(look().marked);
}

static void put_record(bool marked) {
  static char buffer[SLOT_SIZE];
  moat_store s;
  moat_store_init(&s, &quiet, NULL, buffer, sizeof buffer);
  (void)moat_store_load(&s);
  moat_store_renew(&s, MOAT_HOW_CODE, moat_str(url), moat_str("client"), moat_str("files"));
  s.keep_access = true;
  moat_token t = {.access_token = moat_str("AT.first"),
                  .refresh_token = moat_str("RT.first"),
                  .expires_in = 3600};
  CHECK(moat_store_keeper.save(&s, &t) == 0);
  if (marked) CHECK(moat_store_keeper.mark(&s) == 0);
}

/* ---- The device ---- */

static int prepare(void *ctx, uint8_t how) {
  (void)ctx;
  (void)how;
  uint8_t f = fault();
  return kind_of(f) == NUMBER ? number_of(f) : 0;
}

static bool is_visible(moat_span s) {
  return fuzz_has_only(s, '!', '~');
}

static int show(void *ctx, const moat_device_prompt *p) {
  (void)ctx;
  uint8_t f = fault();
  CHECK(p->device_code.n && p->user_code.n && p->verification_uri.n > 8);
  CHECK(strncasecmp(p->verification_uri.p, "https://", 8) == 0 && is_visible(p->verification_uri));
  CHECK(is_visible(p->verification_uri_complete) && p->expires_in > 0 && p->interval > 0);
  CHECK(w.sizes[MOAT_SLOT_PENDING] > 0);
  (void)fuzz_touch(p->message);
  if (kind_of(f) == WANT) return MOAT_WANT_TIME;
  if (kind_of(f) == NUMBER) return number_of(f);
  w.shown = true;
  return 0;
}

static void shut_down(void) {
  free(d.memory);
  d.memory = NULL;
  w.locked = w.connected = w.silent = false;
  w.again = NULL;
  w.half = -1;
}

static void start(void) {
  d.memory = fuzz_memory(d.size, UNUSED);
  w.boot_ms = w.ms;
  d.config.platform = port();
  CHECK(moat_account_open(&d.a, &d.config, d.memory, d.size) == 0);
}

static void set_up(fuzz_input *in) {
  static const moat_auth_ops *const methods[] = {&moat_auth_none, &moat_auth_post, &moat_auth_basic,
                                                 &moat_auth_basic_raw};
  d.work_size = 4096 - fuzz_byte(in) * 12u;
  uint16_t access = (uint16_t)(1083 - fuzz_byte(in) * 4u);
  uint16_t refresh = (uint16_t)(300 - fuzz_byte(in)), text = (uint16_t)(1024 - fuzz_byte(in) * 4u);
  d.flags = fuzz_byte(in);
  d.auth = (moat_auth){.ops = methods[d.flags & 3], .client_id = moat_str("client")};
  memset(d.secret, 's', sizeof d.secret);
  memcpy(d.secret, secret, sizeof secret - 1);
  size_t length = sizeof secret - 1 + fuzz_byte(in) * 15u;
  if (d.flags & 3) d.auth.client_secret = (moat_span){d.secret, length};
  uint8_t begin = fuzz_byte(in);
  w.date_known = !(begin & 4);
  w.honest = true;
  if (begin & 3) put_record(begin & 2);
  d.size = MOAT_ACCOUNT_MEMORY(d.work_size, (d.flags & 4 ? 2u : 1u) * access, refresh, text);
  d.config = (moat_account_config){.stream = &stream,
                                   .crypto = &moat_crypto_mbedtls,
                                   .token_endpoint = &token_endpoint,
                                   .device_endpoint = &device_endpoints[begin >> 3 & 3],
                                   .provider = moat_str(url),
                                   .authorize_url = moat_str("https://login.example/authorize"),
                                   .redirect_uri = moat_str("http://localhost"),
                                   .scope = moat_str("files"),
                                   .auth = &d.auth,
                                   .prepare = d.flags & 0x40 ? prepare : NULL,
                                   .show = show,
                                   .timeout_ms = d.flags & 0x10 ? 1000 : 0,
                                   .access_size = access,
                                   .refresh_size = refresh,
                                   .text_size = text,
                                   .keep_access = d.flags & 4,
                                   .shared = d.flags & 8};
}

/* ---- The invariants ---- */

static moat_span work(void) {
  return (moat_span){d.a.client.config.work, d.a.client.config.work_size};
}

/* Wiped, or never used. */
static bool is_clean(const char *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (p[i] && p[i] != UNUSED) return false;
  return true;
}

static void check_cancelled(void) {
  CHECK(is_clean(work().p, work().n) && is_clean(d.a.store.buffer, d.a.store.size));
  CHECK(d.a.authorization_size || fuzz_is_zero(d.a.pending, d.a.pending_size));
  CHECK(!w.locked && !w.connected);
}

static const issue *last_issue(void) {
  return w.last_issue < 0 ? NULL : &w.answers[w.last_issue].issue;
}

static void check_result(int r) {
  CHECK(r <= 0 && !fuzz_is_want(r) && fuzz_is_documented(r));
  const moat_error_info *e = moat_account_error(&d.a);
  CHECK(e->code == r);
  const moat_span said[] = {e->error, e->description};
  for (int i = 0; i < 2; i++) {
    CHECK(fuzz_is_inside(said[i], d.memory, d.size) ||
          moat_span_equal(said[i], moat_str("invalid_grant")));
    (void)fuzz_touch(said[i]);
  }
  CHECK(!w.locked && w.ends <= 1);
  CHECK(moat_account_pause(&d.a) <= MOAT_RETRY_AFTER_MAX + 30);
}

/* Of a verb that gave one. */
static void check_token(void) {
  moat_span t = moat_account_access(&d.a);
  CHECK(t.n && t.n <= d.config.access_size && fuzz_is_inside(t, d.memory, d.size));
  CHECK(t.p[t.n] == 0 && fuzz_has_only(t, ' ', '~'));
  (void)fuzz_touch(moat_account_id_token(&d.a));
}

/* Of an answer just read: the token is the one in it. */
static void check_fresh_token(void) {
  const issue *i = last_issue();
  moat_span t = moat_account_access(&d.a);
  if (!i || !i->delivered || i->raw || i->doubtful) return;
  CHECK(i->usable && i->access[0] && moat_span_equal(t, moat_str(i->access)));
  /* One copy of it is enough. */
  moat_span body = {i->body, i->body_size};
  if (t.n < 8 || memchr(body.p, '\\', body.n)) return;
  moat_span tail = {t.p + t.n - 6, 6};
  if (fuzz_count(body, tail) == 1) CHECK(fuzz_count(work(), tail) == 0);
}

/* Never past its end, by a clock that nobody but the input can see. */
static void check_age(void) {
  moat_span t = moat_account_access(&d.a);
  bool known = false;
  if (!w.honest || w.ms > UINT64_C(20) * DAY_MS) return;
  for (unsigned k = 0; k < w.answer_count; k++) {
    const issue *i = &w.answers[k].issue;
    if (!i->delivered) continue;
    if (i->raw || i->doubtful) return;
    if (!moat_span_equal(t, moat_str(i->access))) continue;
    known = true;
    if (i->life < 0 || w.ms - i->sent_ms <= (uint64_t)i->life * 1000 + 2000) return;
  }
  CHECK(!known || moat_span_equal(t, moat_str("AT.first")));
}

static bool was_said(moat_span what) {
  for (unsigned k = 0; k < w.answer_count; k++)
    if (fuzz_count((moat_span){w.answers[k].p, w.answers[k].n}, what)) return true;
  return false;
}

/* Of the request nothing is left, however it ended. */
static void check_wiped(void) {
  const char *const sent[] = {secret, typed, "RT.first"};
  for (int i = 0; i < 3; i++)
    if (!was_said(moat_str(sent[i]))) CHECK(fuzz_count(work(), moat_str(sent[i])) == 0);
}

static bool may_be_stored(const char *refresh) {
  if (w.kind == ADOPT && strcmp(refresh, typed) == 0) return true;
  for (int k = w.first_issue; k <= w.last_issue; k++) {
    const issue *i = &w.answers[k].issue;
    if (i->delivered && (i->raw || i->doubtful || strcmp(i->refresh, refresh) == 0)) return true;
  }
  return false;
}

/* Too little room, but not for the access token alone: that comes after the refresh token. */
static bool has_no_room(const issue *i, int r) {
  return r == MOAT_E_SPACE &&
         (work().n < 24 * i->body_size + 512 || strlen(i->refresh) > d.config.refresh_size ||
          d.config.text_size < i->body_size + 64);
}

/* The grant is never lost: there is the one before or one that came. A complete answer's is there
 * if nothing failed in between. */
static void check_grant(const stored *before, int r) {
  stored after = look();
  const issue *i = last_issue();
  if (before->result == 0) {
    CHECK(after.result == 0);
    CHECK(strcmp(after.refresh, before->refresh) == 0 || may_be_stored(after.refresh));
  }
  if (w.interrupted || w.slot_failed) return;
  if (!i || w.last_issue < w.first_issue || i->raw || i->doubtful || !i->usable) return;
  if (!i->refresh[0] || has_no_room(i, r)) return;
  CHECK(after.result == 0 && strcmp(after.refresh, i->refresh) == 0);
}

/* ---- Rounds ---- */

/* Steps to the end. More than a few need faults. */
static int drive(void) {
  size_t steps = 0, limit = 2000 + 40 * w.fault_count;
  for (;; steps++) {
    unsigned calls = w.calls;
    int r = moat_account_step(&d.a);
    if (!fuzz_is_want(r)) {
      CHECK(moat_account_step(&d.a) == r);
      return r;
    }
    uint32_t ms = moat_account_wait_ms(&d.a);
    CHECK(ms || w.calls != calls);
    CHECK(steps < limit);
    bool over = steps > 200 && w.next == w.answer_count;
    if (!pass(r, ms) || over) break;
  }
  w.interrupted = true;
  if (w.cut) return MOAT_E_CANCEL;
  moat_account_cancel(&d.a);
  check_cancelled();
  return MOAT_E_CANCEL;
}

/* The same with moat_account_run(), which a power failure does not end but a cancel. */
static int run(void) {
  wait_count = 0;
  int r = moat_account_run(&d.a);
  if (w.cut || r == MOAT_E_CANCEL) w.interrupted = true;
  w.cut = false;
  return r;
}

static int finish(int begun, uint8_t how) {
  if (begun) {
    CHECK(begun == MOAT_E_MISUSE);
    return begun;
  }
  w.ends = 0;
  int r = how & 0x80 ? run() : drive();
  if (w.cut) return r;
  check_result(r);
  check_wiped();
  return r;
}

static int token(uint8_t how) {
  char *refused = NULL;
  int begun;
  if (w.kind == REFUSED) {
    moat_span t = moat_account_access(&d.a);
    if (how & 1) t = moat_str("AT.other");
    refused = fuzz_copy(t.p, t.n);
    begun = moat_account_refused(&d.a, (moat_span){refused, t.n});
  } else {
    begun = w.kind == RENEW ? moat_account_refresh(&d.a) : moat_account_token(&d.a);
  }
  int r = finish(begun, how);
  free(refused);
  if (r == 0 && !w.cut) {
    check_token();
    if (w.kind == TOKEN) check_age();
    if (w.requests && !moat_account_early(&d.a)) check_fresh_token();
  }
  return r;
}

static int redeem(uint8_t how) {
  const moat_authorization *z;
  int r = finish(moat_account_authorize(&d.a, d.url, sizeof d.url), how);
  if (w.cut || r) return r;
  CHECK(memchr(d.url, 0, sizeof d.url) && strncmp(d.url, "https://login.example/", 22) == 0);
  CHECK(w.sizes[MOAT_SLOT_PENDING] > 0);
  if (how & 1) {
    shut_down();
    start();
  }
  r = moat_account_authorization(&d.a, &z);
  CHECK(r <= 0 && fuzz_is_documented(r) && !fuzz_is_want(r));
  if (r) return r;
  CHECK(strlen(z->state) == 43 && strlen(z->code_verifier) == 43);
  CHECK(strcmp(z->scope, "files") == 0 && strstr(d.url, z->state));
  char *code = fuzz_copy(typed, sizeof typed - 1);
  r = finish(moat_account_redeem(&d.a, (moat_span){code, sizeof typed - 1}), how);
  free(code);
  if (r == 0 && !w.cut) {
    check_token();
    check_fresh_token();
  }
  return r;
}

static int sign_in(uint8_t how) {
  int r = finish(moat_account_sign_in(&d.a), how);
  if (r == 0 && !w.cut) {
    check_token();
    check_fresh_token();
  }
  return r;
}

static int load(void) {
  int r = moat_account_load(&d.a);
  CHECK(r <= 0 && fuzz_is_documented(r) && !fuzz_is_want(r));
  CHECK(moat_account_pending(&d.a) <= MOAT_PENDING_CODE);
  (void)moat_account_is_valid(&d.a);
  return r;
}

static int forget(uint8_t how) {
  int r = finish(moat_account_forget(&d.a), how);
  if (r == 0) CHECK(look().result == MOAT_E_EMPTY);
  return r;
}

static int adopt(uint8_t how) {
  char *t = fuzz_copy(typed, sizeof typed - 1);
  int r = finish(moat_account_adopt(&d.a, (moat_span){t, sizeof typed - 1}, MOAT_HOW_CODE, how & 1),
                 how);
  free(t);
  if (r == 0) CHECK(strcmp(look().refresh, typed) == 0);
  return r;
}

static void play(uint8_t kind, uint8_t how) {
  stored before = look();
  w.shown = w.interrupted = w.cut = w.slot_failed = false;
  w.ends = w.requests = 0;
  w.first_issue = (int)w.next;
  w.half = -1;
  w.last_issue = -1;
  int r = 0;
  w.kind = kind % KINDS;
  switch (w.kind) {
  case TOKEN:
  case RENEW:
  case REFUSED: r = token(how); break;
  case REDEEM: r = redeem(how); break;
  case SIGN_IN: r = sign_in(how); break;
  case FORGET: r = forget(how); break;
  case ADOPT: r = adopt(how); break;
  case GIVE_UP: r = finish(moat_account_give_up(&d.a), how); break;
  case LOAD: r = load(); break;
  default: w.ms += (uint64_t)how * 3600000; w.cut = how & 1;
  }
  /* What the server has ended it is not asked for again. */
  if (before.dead && w.kind == TOKEN) CHECK(w.requests == 0);
  if (w.kind != FORGET) check_grant(&before, r);
  if (!w.cut) return;
  shut_down();
  start();
}

static void read_answers(fuzz_input in) {
  while (in.p && w.answer_count < ANSWERS) {
    make_answer(&w.answers[w.answer_count], fuzz_part(&in), w.answer_count);
    w.answer_count++;
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  memset(&w, 0, sizeof w);
  memset(&d, 0, sizeof d);
  fuzz_input settings = fuzz_part(&in);
  w.faults = fuzz_part(&in);
  w.fault_count = w.faults.n;
  w.skip = fuzz_byte(&w.faults);
  read_answers(in);
  set_up(&settings);
  start();
  for (unsigned i = 0; i < ROUNDS && settings.n; i++) {
    uint8_t kind = fuzz_byte(&settings), how = fuzz_byte(&settings);
    play(kind, how);
  }
  moat_account_cancel(&d.a);
  check_cancelled();
  shut_down();
  for (unsigned i = 0; i < w.answer_count; i++)
    free(w.answers[i].p);
  return 0;
}
