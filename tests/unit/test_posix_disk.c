/* The grant of an account over the POSIX port, on a disk whose power may fail at any moment
 * (disk.h). Whatever a power loss leaves, the grant has to be readable, with a refresh token that
 * the server would accept: the newest one, or the one that the mark says was under way. */
#define _GNU_SOURCE 1 /* syscall */
#include "disk.h"

#include "../../port/posix/moat_posix.h"
#include "moat/account.h"
#include "scripted.h"
#include "store/store.h"

#define URL "https://login.example/token"
#define PLATFORM moat_posix_platform

/* What the server answers to a refresh. LOST: it has issued a token, and the answer does not
 * come. */
enum { ISSUE, BUSY, DOWN, LOST, ENDED };

enum { REFRESH_SIZE = 2000 };

static struct {
  moat_posix posix, other; /* the recorded folder, and the replay's */
  scripted s;
  moat_account a;
  moat_account_config config;
  moat_auth auth;
  moat_store look;
  char memory[MOAT_ACCOUNT_MEMORY(6000, 2 * 64, REFRESH_SIZE, 100)], buffer[8192];
  char root[40], folder[60], replay[60], answer[4096];
  /* The server */
  int next;
  unsigned newest, asked; /* refresh tokens: the last one issued, and the last one used */
  unsigned before;        /* of the grant before, while a sign-in is being stored */
  bool definite;          /* the last answer was: nothing was issued */
  /* The account's user */
  unsigned delivered; /* the refresh token that belongs to the last access token handed out */
  bool signed_in;
  int ended; /* this error was handed out: the grant has ended */
  const char *violation;
  /* The next start, after the power loss */
  scripted next_s;
  moat_account next_a;
  moat_account_config next_config;
  char next_memory[MOAT_ACCOUNT_MEMORY(6000, 2 * 64, REFRESH_SIZE, 100)];
  unsigned starts;
} r;

static const moat_endpoint endpoint = {"login.example", 443, "/token"};

static unsigned number(moat_span token) {
  return token.n > 3 ? (unsigned)strtoul(token.p + 3, NULL, 10) : 0;
}

/* Tokens of different lengths: a record takes up to three sectors. */
static size_t make_token(char out[REFRESH_SIZE], unsigned n) {
  static const size_t lengths[] = {200, 700, 260, 1300, 9, 1290, 720};
  size_t length = lengths[n % COUNT(lengths)];
  memset(out, 'a' + (int)(n % 26), length);
  (void)snprintf(out, 12, "RT.%u", n);
  out[strlen(out)] = '.';
  out[length] = 0;
  return length;
}

/* ---- The server ---- */

static void reply_with(const char *status, const char *body) {
  r.s.answer_size =
      (size_t)snprintf(r.answer, sizeof r.answer, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s",
                       status, strlen(body), body);
  r.s.answer = r.answer;
}

static void serve(void) {
  static const char name[] = "refresh_token=RT.";
  char token[REFRESH_SIZE] = "", body[REFRESH_SIZE + 200];
  r.s.sent[r.s.sent_size] = 0;
  const char *at = strstr(r.s.sent, name);
  assert_non_null(at);
  r.asked = (unsigned)strtoul(at + sizeof name - 1, NULL, 10);
  r.definite = r.next == BUSY || r.next == ENDED;
  if (r.next == ISSUE || r.next == LOST) (void)make_token(token, ++r.newest);
  disk_crash(); /* nothing has changed on the disk, but now the mark has to be there */
  (void)snprintf(body, sizeof body,
                 "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"AT\","
                 "\"refresh_token\":\"%s\"}",
                 token);
  if (r.next == ISSUE) reply_with("200 OK", body);
  if (r.next == BUSY) reply_with("429 Busy", "");
  if (r.next == DOWN) reply_with("503 Down", "");
  if (r.next == ENDED) reply_with("400 No", "{\"error\":\"invalid_grant\"}");
  if (r.next == LOST) r.s.end = MOAT_E_NETWORK;
}

static int stream_recv(void *io, void *p, size_t cap) {
  if (r.s.sent_size && !r.s.answer_size && r.s.end == MOAT_WANT_READ) serve();
  return scripted_recv(io, p, cap);
}

/* A session in the slot that is a cache. Each is another one, of another length. */
static int session_save(void *io, void *buffer, size_t size) {
  char *p = buffer;
  size_t n = 300 + r.newest % 7;
  (void)io;
  assert_true(size > n + MOAT__MAC);
  memset(p, 'S', n);
  moat__put32(p, r.newest);
  int result = moat__record_seal(&PLATFORM, &r.posix, MOAT_SLOT_TLS, p, n);
  return result ? result : PLATFORM.slot_write(&r.posix, MOAT_SLOT_TLS, p, n + MOAT__CRC);
}

static const moat_stream_ops stream = {.connect = scripted_connect,
                                       .send = scripted_send,
                                       .recv = stream_recv,
                                       .close = scripted_close,
                                       .wait = scripted_wait,
                                       .session_save = session_save};

/* ---- What has to hold after a power loss ---- */

static const char *judge_grant(void) {
  const moat_note *note = &r.look.note;
  unsigned token = number(r.look.record.refresh_token);
  bool asked = token == r.asked && token;
  if (r.before && token == r.before) return NULL;
  if (token != r.newest && !asked) return "an old refresh token";
  if (token < r.delivered)
    return "an access token was handed out before the refresh token was safe";
  /* The answer was not stored: the server may have issued another token, or is known not to. */
  bool nothing_noted = !note->marked && !note->cause && !note->dead_code;
  if (asked && !r.definite && !note->marked) return "no mark of a refresh whose answer may be lost";
  if (asked && nothing_noted) return "the mark is gone";
  if (r.ended && note->dead_code != r.ended) return "a grant that has ended is not remembered";
  return NULL;
}

/* The slot of the session is whole, damaged or empty. */
static const char *judge_session(void) {
  char p[1000];
  size_t n;
  int result = moat__record_open(&PLATFORM, &r.other, MOAT_SLOT_TLS, p, sizeof p, &n);
  if (result == MOAT_E_EMPTY || result == MOAT_E_STORE) return NULL;
  if (result || n != 300 + moat__get32(p) % 7) return "a session that nobody wrote";
  return NULL;
}

static int next_recv(void *io, void *p, size_t cap) {
  static const char answer[] =
      "HTTP/1.1 200 OK\r\nContent-Length: 88\r\n\r\n"
      "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"AT\","
      "\"refresh_token\":\"RT.99999\"}";
  r.next_s.answer = answer;
  r.next_s.answer_size = sizeof answer - 1;
  return scripted_recv(io, p, cap);
}

/* Nothing in the slots may keep the next refresh from being stored. */
static const char *start_again(void) {
  static const moat_stream_ops next_stream = {.connect = scripted_connect,
                                              .send = scripted_send,
                                              .recv = next_recv,
                                              .close = scripted_close,
                                              .wait = scripted_wait};
  r.next_s = (scripted){.end = MOAT_WANT_READ};
  r.next_config = r.config;
  r.next_config.platform_ctx = &r.other;
  r.next_config.stream = &next_stream;
  r.next_config.io = &r.next_s;
  int result = moat_account_open(&r.next_a, &r.next_config, r.next_memory, sizeof r.next_memory);
  if (!result) result = moat_account_refresh(&r.next_a);
  if (!result) result = moat_account_run(&r.next_a);
  moat_account_cancel(&r.next_a);
  if (!result) result = moat_store_load(&r.look);
  disk_spoiled();
  r.starts++;
  bool stored = !result && number(r.look.record.refresh_token) == 99999 && !r.look.note.marked;
  return stored ? NULL : "the next refresh fails";
}

static bool look(void) {
  if (!r.signed_in) return true;
  int result = moat_store_load(&r.look);
  r.violation = result ? "the grant cannot be read" : judge_grant();
  if (!r.violation) r.violation = judge_session();
  if (!r.violation && disk.states % 20 == 0) r.violation = start_again();
  return !r.violation;
}

/* ---- The account ---- */

static int run(int begun) {
  r.s.sent_size = r.s.answer_size = r.s.given = 0;
  r.s.end = MOAT_WANT_READ;
  return begun ? begun : moat_account_run(&r.a);
}

static int refresh(int next) {
  r.next = next;
  r.ended = 0;
  int result = run(moat_account_refresh(&r.a));
  if (result == 0) r.delivered = number(moat_account_record(&r.a)->refresh_token);
  if (result == MOAT_E_OAUTH) r.ended = result;
  disk_crash();
  return result;
}

/* Until it is stored, the grant before is as good. */
static void sign_in(void) {
  char token[REFRESH_SIZE];
  moat_span span = {token, make_token(token, r.newest + 1)};
  r.before = r.newest++;
  r.asked = r.delivered = 0;
  r.ended = 0;
  assert_int_equal(run(moat_account_adopt(&r.a, span, MOAT_HOW_CODE, true)), 0);
  r.delivered = r.newest;
  r.before = 0;
  r.signed_in = true;
  disk_crash();
}

static void open_account(void) {
  r.auth = (moat_auth){&moat_auth_none, moat_str("client"), {NULL, 0}};
  r.config = (moat_account_config){.platform = &PLATFORM,
                                   .platform_ctx = &r.posix,
                                   .stream = &stream,
                                   .io = &r.s,
                                   .token_endpoint = &endpoint,
                                   .provider = moat_str(URL),
                                   .auth = &r.auth,
                                   .access_size = 64,
                                   .refresh_size = REFRESH_SIZE,
                                   .text_size = 100,
                                   .keep_access = true};
  assert_int_equal(moat_account_open(&r.a, &r.config, r.memory, sizeof r.memory), 0);
  moat_store_init(&r.look, &PLATFORM, &r.other, r.buffer, sizeof r.buffer);
}

static void remove_files(const char *folder) {
  static const char *const names[] = {"grant.a", "grant.b", "mark", "pending", "tls", "lock"};
  char path[100];
  for (size_t i = 0; i < COUNT(names); i++) {
    (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    (void)unlink(path);
  }
}

static int start(void **state) {
  (void)state;
  moat_account_cancel(&r.a);
  memset(&r, 0, sizeof r);
  (void)snprintf(r.root, sizeof r.root, "/tmp/test_posix_disk.XXXXXX");
  if (!mkdtemp(r.root)) return -1;
  (void)snprintf(r.folder, sizeof r.folder, "%s/recorded", r.root);
  (void)snprintf(r.replay, sizeof r.replay, "%s/replay", r.root);
  if (moat_posix_open(&r.posix, r.folder) || moat_posix_open(&r.other, r.replay)) return -1;
  disk_record(r.posix.dir, r.replay, look);
  open_account();
  return 0;
}

static int stop(void **state) {
  (void)state;
  disk.records = false;
  moat_account_cancel(&r.a);
  moat_posix_close(&r.posix);
  moat_posix_close(&r.other);
  remove_files(r.folder);
  remove_files(r.replay);
  (void)rmdir(r.folder);
  (void)rmdir(r.replay);
  return rmdir(r.root);
}

/* ---- The life of a grant ---- */

static const int life[] = {ISSUE, ISSUE, ISSUE, BUSY, ISSUE, DOWN, DOWN,  ISSUE, LOST,
                           DOWN,  ISSUE, ISSUE, DOWN, BUSY,  LOST, ISSUE, ENDED, ENDED};

/* Stops at the first violation. */
static void live(const int *answers, size_t count) {
  for (size_t i = 0; i < count && !r.violation; i++)
    (void)refresh(answers[i]);
}

static void test_any_power_loss(void **state) {
  (void)state;
  sign_in();
  live(life, COUNT(life));
  sign_in();
  live(life, 6);
  if (r.violation) fail_msg("%s", r.violation);
  assert_true(disk.states > 10000);
  assert_true(r.starts > 400);
}

/* A file as an older Moat left it: the bytes of the slot, whatever their number. */
static void make_old(int slot, const char *name) {
  char bytes[8192];
  size_t n;
  assert_int_equal(PLATFORM.slot_read(&r.posix, slot, bytes, sizeof bytes, &n), 0);
  int fd = openat(r.posix.dir, "temp.old", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, bytes, n), (ssize_t)n);
  assert_int_equal(fsync(fd), 0);
  close(fd);
  assert_int_equal(renameat(r.posix.dir, "temp.old", r.posix.dir, name), 0);
  assert_int_equal(fsync(r.posix.dir), 0);
}

static void test_from_an_older_moat(void **state) {
  (void)state;
  sign_in();
  live(life, 6); /* ends with a 503: the mark counts */
  for (int i = 0; i < 3; i++) {
    if (i != 1) make_old(MOAT_SLOT_A, "grant.a");
    if (i != 0) make_old(MOAT_SLOT_B, "grant.b");
    if (i != 2) make_old(MOAT_SLOT_MARK, "mark");
    live(life + 6, 6);
    live(life, 6);
  }
  if (r.violation) fail_msg("%s", r.violation);
}

/* The cost of a refresh once the files are there: a sync for the mark, and one for the record. */
static void test_syncs(void **state) {
  (void)state;
  sign_in();
  live(life, 2);
  for (int i = 0; i < 8; i++) {
    disk.file_syncs = disk.folder_syncs = disk.data_syncs = 0;
    assert_int_equal(refresh(ISSUE), 0);
    assert_int_equal(disk.data_syncs, 2);
    assert_int_equal(disk.file_syncs + disk.folder_syncs, 0);
  }
}

static void test_faults_are_found(void **state) {
  static const struct {
    int fault;
    const char *violation;
  } faults[] = {
      {NO_RECORD_SYNC, "an access token was handed out before the refresh token was safe"},
      {NO_MARK_SYNC, "no mark of a refresh whose answer may be lost"},
      {NO_NEW_FILE_SYNC, "the grant cannot be read"},
      {NO_FOLDER_SYNC, "the grant cannot be read"},
      {OVER_NEWEST_RECORD, "the grant cannot be read"},
      {OVER_NEWEST_MARK, "the mark is gone"},
  };
  assert_int_equal(COUNT(faults), FAULTS - 1);
  for (size_t i = 0; i < COUNT(faults); i++) {
    if (i) assert_int_equal(start(state), 0);
    disk.fault = faults[i].fault;
    sign_in();
    live(life, COUNT(life));
    if (!r.violation) fail_msg("fault %d was not noticed", faults[i].fault);
    assert_string_equal(r.violation, faults[i].violation);
    if (i + 1 < COUNT(faults)) assert_int_equal(stop(state), 0);
  }
}

#define DISK(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void) {
  const struct CMUnitTest tests[] = {DISK(test_any_power_loss), DISK(test_from_an_older_moat),
                                     DISK(test_syncs), DISK(test_faults_are_found)};
  return cmocka_run_group_tests_name("posix: disk", tests, NULL, NULL);
}
