/* Slots with anything in them: the stored grant and its mark, a pending device code, a session of
 * TLS. A checksum can be made to fit, so that what is behind it is reached. */
#include "fuzz.h"

#include "moat/store.h"
#include "moat/tls.h"

#include "store/store.h"
#include "root.h"
#include "tls/tls_session.h"

enum { DATE = 1700000000, SLOT_SIZE = 4096 };

static struct {
  char slots[MOAT_SLOTS][SLOT_SIZE];
  size_t sizes[MOAT_SLOTS];
  int64_t date;
} w;

/* ---- The port ---- */

static uint32_t ticks(void *ctx) {
  (void)ctx;
  return 1000;
}

static int date(void *ctx, int64_t *seconds) {
  (void)ctx;
  *seconds = w.date;
  return w.date ? 0 : MOAT_E_CLOCK;
}

static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  memset(p, 4, n);
  return 0;
}

static int read_slot(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  (void)ctx;
  *n = w.sizes[slot];
  if (!*n) return MOAT_E_EMPTY;
  if (*n > cap) return MOAT_E_SPACE;
  memcpy(p, w.slots[slot], *n);
  return 0;
}

static int write_slot(void *ctx, int slot, const void *p, size_t n) {
  (void)ctx;
  if (n > SLOT_SIZE) return MOAT_E_SPACE;
  memcpy(w.slots[slot], p, n);
  w.sizes[slot] = n;
  return 0;
}

static int erase_slot(void *ctx, int slot) {
  (void)ctx;
  w.sizes[slot] = 0;
  return 0;
}

static const moat_platform platform = {.ticks_ms = ticks,
                                       .unix_time = date,
                                       .random = random_bytes,
                                       .slot_read = read_slot,
                                       .slot_write = write_slot,
                                       .slot_erase = erase_slot};

/* ---- The stored grant ---- */

/* Texts of the record before, for after. */
typedef struct {
  uint32_t sequence;
  moat_span text[5];
} copy;

static copy copy_record(const moat_record *r) {
  const moat_span *from = &r->provider;
  copy c = {.sequence = r->sequence};
  for (int i = 0; i < 5; i++)
    c.text[i] = (moat_span){fuzz_copy(from[i].p, from[i].n), from[i].n};
  return c;
}

static void forget_copy(copy *c) {
  for (int i = 0; i < 5; i++)
    free((char *)(uintptr_t)c->text[i].p);
}

static bool is_same(const copy *c, const moat_record *r, int from, int to) {
  const moat_span *now = &r->provider;
  for (int i = from; i < to; i++)
    if (!moat_span_equal(c->text[i], now[i])) return false;
  return true;
}

static void check_record(const moat_store *s) {
  const moat_span *text = &s->record.provider;
  for (int i = 0; i < 5; i++) {
    CHECK(fuzz_is_inside(text[i], s->buffer, s->size));
    (void)fuzz_touch(text[i]);
  }
  CHECK(moat_store_pause(s) <= MOAT_RETRY_AFTER_MAX + 30 && s->note.marked <= 1);
}

static void check_settle(moat_store *s, const copy *before, bool definite, uint32_t pause) {
  bool dated = w.date > 0 && w.date < UINT32_MAX - 7200;
  moat_note note = {.marked = !definite, .until = pause && dated ? (uint32_t)w.date + pause : 0};
  CHECK(moat_store_settle(s, &note) == 0);
  CHECK(moat_store_load(s) == 0);
  check_record(s);
  CHECK(s->record.sequence == before->sequence && is_same(before, &s->record, 0, 5));
  CHECK(memcmp(&s->note, &note, sizeof note) == 0);
  if (dated) CHECK(moat_store_pause(s) == pause);
}

/* A refresh of what was found: it is marked, and then there is the new one. */
static void check_refresh(moat_store *s, copy *before, const moat_token *t) {
  CHECK(moat_store_keeper.mark(s) == 0);
  CHECK(moat_store_load(s) == 0 && s->note.marked);
  int r = moat_store_keeper.save(s, t);
  CHECK(r == 0 || (r == MOAT_E_SPACE && s->needed > s->size));
  CHECK(moat_store_load(s) == 0);
  check_record(s);
  CHECK(is_same(before, &s->record, 0, 2));
  if (r) {
    CHECK(is_same(before, &s->record, 0, 5));
    return;
  }
  CHECK(!s->note.marked && s->record.sequence - 1 <= UINT32_MAX - 1);
  moat_span expected = t->refresh_token.n ? t->refresh_token : before->text[2];
  CHECK(moat_span_equal(s->record.refresh_token, expected));
  CHECK(!s->record.access_token.n || moat_span_equal(s->record.access_token, t->access_token));
}

/* A sign-in over whatever there was. */
static void check_renewed(moat_store *s, const moat_token *t) {
  moat_store_renew(s, MOAT_HOW_CODE, moat_str("https://p"), moat_str("id"), moat_str("s"));
  int r = moat_store_keeper.save(s, t);
  if (r == MOAT_E_SPACE) return;
  CHECK(r == 0);
  CHECK(moat_store_load(s) == 0);
  check_record(s);
  CHECK(moat_span_equal(s->record.refresh_token, t->refresh_token));
  CHECK(moat_span_equal(s->record.client_id, moat_str("id")));
}

static void load_grant(fuzz_input settings, size_t size) {
  moat_store s;
  char *buffer = fuzz_memory(size, 0x5a);
  moat_store_init(&s, &platform, NULL, buffer, size);
  uint8_t how = fuzz_byte(&settings);
  s.keep_access = how & 1;
  moat_token t = {.access_token = moat_str("AT.new"), .expires_in = fuzz_byte(&settings) - 1};
  if (how & 2) t.refresh_token = moat_str("RT.new and longer than the one before");
  if (how & 4) t.scope = moat_str("files mail");
  int r = moat_store_load(&s);
  CHECK(r <= 0 && fuzz_is_documented(r) && !fuzz_is_want(r));
  if (r == 0) {
    copy before = copy_record(&s.record);
    check_record(&s);
    check_settle(&s, &before, how & 8, how & 16 ? how * 10u : 0);
    check_refresh(&s, &before, &t);
    forget_copy(&before);
  }
  t.refresh_token = moat_str("RT.of a sign-in");
  if (r == 0 || r == MOAT_E_EMPTY || r == MOAT_E_STORE) check_renewed(&s, &t);
  CHECK(moat_store_erase(&s) == 0 && fuzz_is_zero(buffer, size));
  CHECK(moat_store_load(&s) == MOAT_E_EMPTY);
  free(buffer);
}

/* ---- A pending device code ---- */

enum { POLLS = 6 };

typedef struct {
  const char *answer;
  size_t given, polls;
} server;

static int connect_(void *io, const char *host, uint16_t port) {
  (void)host;
  (void)port;
  ((server *)io)->given = 0;
  return 0;
}

static int send_(void *io, const void *p, size_t n) {
  server *s = io;
  (void)fuzz_touch((moat_span){p, n});
  s->given = 0;
  return ++s->polls > POLLS ? MOAT_E_CANCEL : (int)n;
}

static int recv_(void *io, void *p, size_t cap) {
  server *s = io;
  size_t n = strlen(s->answer + s->given);
  if (!n) return cap == 1 ? MOAT_WANT_READ : MOAT_E_EOF;
  if (n > cap) n = cap;
  memcpy(p, s->answer + s->given, n);
  s->given += n;
  return (int)n;
}

static void close_(void *io) {
  (void)io;
}

static const moat_stream_ops stream = {
    .connect = connect_, .send = send_, .recv = recv_, .close = close_};

/* With whatever was stored one can poll, and be told to slow down. */
static void poll(moat_device_prompt *p, bool slow) {
  static const moat_endpoint endpoint = {"login.example", 443, "/token"};
  server s = {.answer =
                  slow ? "HTTP/1.1 400 X\r\nContent-Length: 21\r\n\r\n{\"error\":\"slow_down\"}"
                       : "HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"};
  moat_client c;
  char *work = fuzz_memory(8192, 0), *access = fuzz_memory(MOAT_ACCESS_MIN, 0);
  moat_config config = {
      .platform = &platform, .stream = &stream, .io = &s, .work = work, .work_size = 8192};
  moat_auth auth = {.ops = &moat_auth_none, .client_id = moat_str("client")};
  moat_device_grant g = {.grant = {.endpoint = &endpoint,
                                   .auth = &auth,
                                   .access = access,
                                   .access_size = MOAT_ACCESS_MIN},
                         .prompt = *p};
  CHECK(moat_init(&c, &config) == 0);
  int r = moat_device_begin(&c, &g);
  CHECK(fuzz_is_documented(r));
  /* The clock stands still, so it waits for ever after the first answer. */
  for (int i = 0; i < 4 && r == 0; i++)
    r = fuzz_is_want(moat_step(&c)) ? 0 : 1;
  CHECK(r < 0 || moat_wait_ms(&c) <= 3600000u * 2);
  moat_cancel(&c);
  free(work);
  free(access);
}

static void check_prompt(const moat_device_prompt *p, const char *buffer, size_t size) {
  const moat_span *text = &p->device_code;
  for (int i = 0; i < 5; i++) {
    CHECK(fuzz_is_inside(text[i], buffer, size));
    (void)fuzz_touch(text[i]);
  }
}

/* Saved again, it is the same. */
static void check_saved(const moat_device_prompt *p, moat_span owner) {
  moat_device_prompt copied = *p, again;
  char *other = fuzz_memory(SLOT_SIZE, 0), *third = fuzz_memory(SLOT_SIZE, 0);
  int r = moat_device_save(&copied, owner, &platform, NULL, other, SLOT_SIZE);
  CHECK(r == 0 && fuzz_is_zero(other, SLOT_SIZE));
  r = moat_device_load(&again, owner, &platform, NULL, third, SLOT_SIZE);
  CHECK(r == 0 || r == MOAT_E_EXPIRED || r == MOAT_E_STORE);
  const moat_span *a = &p->device_code, *b = &again.device_code;
  for (int i = 0; i < 5 && r == 0; i++)
    CHECK(moat_span_equal(a[i], b[i]));
  free(other);
  free(third);
}

static void load_device(fuzz_input settings, size_t size) {
  moat_device_prompt p;
  moat_span owner = moat_str("owner");
  char *buffer = fuzz_memory(size, 0x5a);
  int r = moat_device_load(&p, owner, &platform, NULL, buffer, size);
  CHECK(r <= 0 && fuzz_is_documented(r) && !fuzz_is_want(r));
  if (r == 0) {
    check_prompt(&p, buffer, size);
    bool slow = fuzz_byte(&settings) & 1;
    CHECK(p.device_code.n && p.interval > 0 && p.expires_in > 0);
    poll(&p, slow);
    check_saved(&p, owner);
  }
  free(buffer);
}

/* ---- A session of TLS ---- */

static int lower_want(void *p, const unsigned char *bytes, size_t n) {
  (void)p;
  (void)bytes;
  return (int)n;
}

static int lower_none(void *p, unsigned char *bytes, size_t n) {
  (void)p;
  (void)bytes;
  (void)n;
  return MBEDTLS_ERR_SSL_WANT_READ;
}

/* What was loaded can be offered: Mbed TLS gets as far as waiting for an answer. */
static void offer(const moat_tls_context *c, const moat_tls *t) {
  mbedtls_ssl_context ssl;
  mbedtls_ssl_init(&ssl);
  CHECK(mbedtls_ssl_setup(&ssl, &c->config) == 0);
  (void)mbedtls_ssl_set_hostname(&ssl, "login.example");
  mbedtls_ssl_set_bio(&ssl, NULL, lower_want, lower_none, NULL);
  if (mbedtls_ssl_set_session(&ssl, &t->kept.session) == 0)
    while (mbedtls_ssl_handshake_step(&ssl) == 0)
      ;
  mbedtls_ssl_free(&ssl);
}

static void load_session(size_t size) {
  static moat_tls_context c;
  static server nobody = {.answer = ""};
  static moat_tls t;
  if (!c.platform) {
    CHECK(moat_tls_init(&c, &platform, NULL) == 0);
    CHECK(moat_tls_add_root_der(&c.roots, fuzz_root, sizeof fuzz_root) == 0);
  }
  CHECK(moat_tls_setup(&t, &c, &stream, &nobody) == 0);
  moat__tls_resume(&t);
  char *buffer = fuzz_memory(size, 0x5a);
  int r = moat__tls_session_load(&t, buffer, size);
  CHECK(r <= 0 && fuzz_is_documented(r) && !fuzz_is_want(r));
  CHECK(t.kept.there || r);
  if (t.kept.there) offer(&c, &t);
  nobody.polls = 0;
  for (r = MOAT_WANT_TIME; r == MOAT_WANT_TIME;)
    r = moat_tls_resuming_stream.connect(&t, "login.example", 443);
  CHECK(r < 0);
  r = moat__tls_session_save(&t, buffer, size);
  CHECK(r == 0 || r == MOAT_E_SPACE);
  moat_tls_close(&t);
  free(buffer);
}

/* ---- The input ---- */

static void fill(int slot, fuzz_input in, bool seal) {
  size_t n = in.n < SLOT_SIZE - 4 ? in.n : SLOT_SIZE - 4;
  if (n) memcpy(w.slots[slot], in.p, n);
  if (seal && n) {
    moat__put32(w.slots[slot] + n, moat__crc32(w.slots[slot], n));
    n += 4;
  }
  w.sizes[slot] = n;
}

static int64_t date_of(uint8_t setting) {
  static const int64_t dates[] = {DATE, 0, 1, DATE + 86400, UINT32_MAX, INT64_C(1) << 40};
  return dates[setting % 6];
}

/* What to load, which sums to correct, the date, the size of the buffer; then settings of a load,
 * and slots, each with its length before it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  memset(w.sizes, 0, sizeof w.sizes);
  uint8_t what = fuzz_byte(&in), seal = fuzz_byte(&in);
  w.date = date_of(fuzz_byte(&in));
  size_t room = 2048 - fuzz_byte(&in) * 8u;
  fuzz_input settings = {in.p, in.n < 2 ? in.n : 2};
  in = (fuzz_input){in.p + settings.n, in.n - settings.n};
  static const int slots[] = {MOAT_SLOT_A, MOAT_SLOT_B, MOAT_SLOT_MARK};
  int only = what % 3 == 1 ? MOAT_SLOT_PENDING : MOAT_SLOT_TLS;
  for (int i = 0; i < 3; i++) {
    size_t n = fuzz_number(&in, 2);
    fuzz_input part = {in.p, n < in.n ? n : in.n};
    in = (fuzz_input){in.p + part.n, in.n - part.n};
    if (what % 3 == 0 || i == 0) fill(what % 3 ? only : slots[i], part, seal & 1 << i);
  }
  switch (what % 3) {
  case 0: load_grant(settings, room); break;
  case 1: load_device(settings, room); break;
  default: load_session(room);
  }
  return 0;
}
