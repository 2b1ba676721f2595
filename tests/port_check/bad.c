/* Bad ports, as they were seen in the field: each is the POSIX port with one fault. */
#include "bad.h"
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <moat_posix.h>

static const moat_platform *const good = &moat_posix_platform;
static const moat_stream_ops *const good_stream = &moat_posix_stream;

static int64_t milliseconds(clockid_t clock) {
  struct timespec t;
  (void)clock_gettime(clock, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- The stream ---- */

static int connect_after_lookup(void *io, const char *host, uint16_t port) {
  int r = good_stream->connect(io, host, port);
  while (moat_posix_resolves(io) && (r == MOAT_WANT_READ || r == MOAT_WANT_TIME)) {
    (void)good_stream->wait(io, MOAT_WANT_READ, 1000);
    r = good_stream->connect(io, host, port);
  }
  return r;
}

static int connect_in_100_ms(void *io, const char *host, uint16_t port) {
  int r = good_stream->connect(io, host, port);
  if (!moat_posix_resolves(io)) return r;
  (void)good_stream->wait(io, MOAT_WANT_READ, 100);
  return good_stream->connect(io, host, port);
}

/* It blocks until the other side has answered. */
static int connect_on_the_way(void *io, const char *host, uint16_t port) {
  int r = good_stream->connect(io, host, port);
  if (r != MOAT_WANT_WRITE || moat_posix_resolves(io)) return r;
  (void)good_stream->wait(io, r, 3000);
  return good_stream->connect(io, host, port);
}

/* The bytes of the resolver's address are taken the other way round, and nobody is there. */
static int connect_reversed(void *io, const char *host, uint16_t port) {
  bool names_it = strcmp(host, HOST_FOUND) == 0, was_looked_up = moat_posix_resolves(io);
  int r = good_stream->connect(io, host, port);
  return names_it && was_looked_up && !moat_posix_resolves(io) ? MOAT_E_CONNECT : r;
}

/* Room for a name of 63 letters. */
static int connect_to_short_name(void *io, const char *host, uint16_t port) {
  return strlen(host) < 64 ? good_stream->connect(io, host, port) : MOAT_E_DNS;
}

/* The callbacks of the stack write to one variable, whichever connection they are of. */
static void *connected;

static int connect_in_one_variable(void *io, const char *host, uint16_t port) {
  int r = good_stream->connect(io, host, port);
  if (r == 0) connected = io;
  return r;
}

static int recv_from_one_variable(void *io, void *p, size_t cap) {
  return good_stream->recv(connected ? connected : io, p, cap);
}

static int recv_in_300_ms(void *io, void *p, size_t cap) {
  int r = good_stream->recv(io, p, cap);
  if (r != MOAT_WANT_READ) return r;
  (void)good_stream->wait(io, MOAT_WANT_READ, 300);
  return good_stream->recv(io, p, cap);
}

static int recv_in_the_end(void *io, void *p, size_t cap) {
  int r;
  while ((r = good_stream->recv(io, p, cap)) == MOAT_WANT_READ)
    (void)good_stream->wait(io, MOAT_WANT_READ, 1000);
  return r;
}

/* It looks for more bytes behind the end for a while. */
static int recv_past_end(void *io, void *p, size_t cap) {
  int r = good_stream->recv(io, p, cap);
  if (r == MOAT_E_EOF) (void)good_stream->wait(io, MOAT_WANT_TIME, 100);
  return r;
}

/* Waits for all that there is room for. */
static int recv_in_full(void *io, void *p, size_t cap) {
  size_t got = 0;
  int r;
  do {
    r = good_stream->recv(io, (char *)p + got, cap - got);
    if (r > 0) got += (size_t)r;
    if (r == MOAT_WANT_READ && got) (void)good_stream->wait(io, r, 1000);
  } while (got && got < cap && (r > 0 || r == MOAT_WANT_READ));
  return got ? (int)got : r;
}

/* As a callback does that hands out a packet and frees it: what there was no room for is lost. */
static int recv_once(void *io, void *p, size_t cap) {
  char packet[256];
  int r = good_stream->recv(io, packet, cap < 100 ? sizeof packet : cap < 256 ? cap : 256);
  if (r > 0 && (size_t)r > cap) r = (int)cap;
  if (r > 0) memcpy(p, packet, (size_t)r);
  return r;
}

/* The end is told by a callback, which drops what was not read yet. */
static bool has_ended;

static int wait_for_end(void *io, int want, uint32_t ms) {
  moat_posix_net *s = io;
  int r = good_stream->wait(io, want, ms);
  char byte;
  if (want == MOAT_WANT_TIME && s->in_at < s->in_n &&
      recv(moat_posix_fd(s), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
    has_ended = true;
  return r;
}

static int recv_until_end(void *io, void *p, size_t cap) {
  if (!has_ended) return good_stream->recv(io, p, cap);
  has_ended = false;
  return MOAT_E_EOF;
}

/* The system's number goes out as it is. */
static int send_with_errno(void *io, const void *p, size_t n) {
  ssize_t r = send(moat_posix_fd(io), p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (r >= 0) return (int)r;
  return errno == EAGAIN ? MOAT_WANT_WRITE : -errno;
}

static int send_in_the_end(void *io, const void *p, size_t n) {
  int r;
  while ((r = good_stream->send(io, p, n)) == MOAT_WANT_WRITE)
    (void)good_stream->wait(io, MOAT_WANT_WRITE, 1000);
  return r;
}

/* Some bytes are taken. The first one says that none were, and the second one that all were. */
static int send_again(void *io, const void *p, size_t n) {
  int r = good_stream->send(io, p, n);
  return r > 0 && (size_t)r < n ? MOAT_WANT_WRITE : r;
}

static int send_in_part(void *io, const void *p, size_t n) {
  int r = good_stream->send(io, p, n);
  return r > 0 ? (int)n : r;
}

/* Says at once that there is something. */
static int wait_spinning(void *io, int want, uint32_t ms) {
  bool spins = want == MOAT_WANT_READ && !moat_posix_resolves(io);
  int r = good_stream->wait(io, want, spins ? 0 : ms);
  return spins && r == MOAT_WANT_TIME ? 0 : r;
}

/* The same, but only where there is no connection to wait on. */
static int wait_spinning_in_lookup(void *io, int want, uint32_t ms) {
  return moat_posix_resolves(io) ? 0 : good_stream->wait(io, want, ms);
}

static bool is_made(const void *io) {
  struct sockaddr_storage a;
  socklen_t n = sizeof a;
  return getpeername(moat_posix_fd(io), (struct sockaddr *)&a, &n) == 0;
}

/* A socket counts as writable whatever it has taken. */
static int wait_spinning_when_full(void *io, int want, uint32_t ms) {
  return want == MOAT_WANT_WRITE && is_made(io) ? 0 : good_stream->wait(io, want, ms);
}

/* A connection that is still being made counts as made. */
static int wait_spinning_in_connect(void *io, int want, uint32_t ms) {
  bool makes = moat_posix_fd(io) >= 0 && !is_made(io);
  return want == MOAT_WANT_WRITE && makes ? 0 : good_stream->wait(io, want, ms);
}

/* It waits until the connection has ended. */
static void close_in_30_ms(void *io) {
  bool closes = moat_posix_fd(io) >= 0;
  good_stream->close(io);
  if (closes) (void)good_stream->wait(io, MOAT_WANT_TIME, 30);
}

/* Ten times as long as it should, where there is a connection. */
static int wait_longer(void *io, int want, uint32_t ms) {
  bool longer = want == MOAT_WANT_READ && !moat_posix_resolves(io);
  return good_stream->wait(io, want, longer && ms == 100 ? 10 * ms : ms);
}

/* A byte ends a pause. */
static int wait_for_any(void *io, int want, uint32_t ms) {
  if (want != MOAT_WANT_TIME || moat_posix_fd(io) < 0) return good_stream->wait(io, want, ms);
  return good_stream->wait(io, MOAT_WANT_READ, ms) ? MOAT_WANT_TIME : want;
}

/* The end of the connection wakes nobody. */
static int wait_for_bytes(void *io, int want, uint32_t ms) {
  const moat_posix_net *s = io;
  int r = good_stream->wait(io, want, ms);
  bool only_end = s->in_result && s->in_at == s->in_n;
  return want == MOAT_WANT_READ && only_end ? good_stream->wait(io, MOAT_WANT_TIME, ms) : r;
}

/* The connection is forgotten and stays open. */
static void close_in_name(void *io) {
  moat_posix_net *s = io;
  int32_t error = s->error;
  if (moat_posix_fd(s) < 0 || moat_posix_resolves(s)) {
    good_stream->close(io);
    return;
  }
  memset(s, 0, sizeof *s);
  s->error = error;
}

/* As a callback does that knows only the connection: its answer, that there is no such name, is
 * taken for the name looked up now. */
static int64_t answer_comes, looked_up;

static int connect_by_callback(void *io, const char *host, uint16_t port) {
  int r = good_stream->connect(io, host, port);
  bool looks_up = moat_posix_resolves(io) && strcmp(host, HOST_FOUND) != 0;
  if (looks_up && !looked_up) looked_up = milliseconds(CLOCK_MONOTONIC);
  if (r != MOAT_WANT_READ) looked_up = 0;
  if (!looks_up || !answer_comes || milliseconds(CLOCK_MONOTONIC) < answer_comes) return r;
  good_stream->close(io);
  answer_comes = looked_up = 0;
  return MOAT_E_DNS;
}

static void close_without_cancel(void *io) {
  if (looked_up) answer_comes = looked_up + 1000;
  looked_up = 0;
  good_stream->close(io);
}

/* The same, and the answer is an address: the connection is made to the host that was given up. */
static int connect_by_address(void *io, const char *host, uint16_t port) {
  static int64_t address_comes;
  int r = good_stream->connect(io, host, port);
  int64_t now = milliseconds(CLOCK_MONOTONIC);
  bool looks_up = moat_posix_resolves(io), gives_up = strcmp(host, HOST_FOUND) == 0;
  if (looks_up && gives_up) address_comes = now + 1000;
  if (!looks_up || gives_up || !address_comes || now < address_comes) return r;
  address_comes = 0;
  good_stream->close(io);
  return good_stream->connect(io, "localhost", port);
}

/* A lookup that is given up keeps its place, and there are four. */
static int places_taken;

static int connect_with_places(void *io, const char *host, uint16_t port) {
  return places_taken < 4 ? good_stream->connect(io, host, port) : MOAT_E_PORT;
}

static void close_keeping_place(void *io) {
  if (moat_posix_resolves(io)) places_taken++;
  good_stream->close(io);
}

/* A connection that was refused keeps its place, and there are eight. */
static int connect_keeping_refused(void *io, const char *host, uint16_t port) {
  static int refused;
  int r = good_stream->connect(io, host, port);
  return r == MOAT_E_CONNECT && ++refused > 8 ? MOAT_E_PORT : r;
}

/* ---- The platform ---- */

static uint32_t ticks_of_date(void *ctx) {
  (void)ctx;
  return (uint32_t)milliseconds(CLOCK_REALTIME);
}

/* The timer was never started. */
static uint32_t frozen_ticks(void *ctx) {
  (void)ctx;
  return 42;
}

/* Microseconds in 32 bits, divided by 1000; and they were near their end at the start. */
static uint32_t ticks_of_microseconds(void *ctx) {
  enum { WRAPS = 4294967, FIRST = WRAPS - 9000 };
  static uint32_t start;
  uint32_t now = good->ticks_ms(ctx);
  if (!start) start = now;
  return (now - start + FIRST) % WRAPS;
}

static int date_of_32_bits(void *ctx, int64_t *seconds) {
  int r = good->unix_time(ctx, seconds);
  if (*seconds > INT32_MAX) *seconds -= (int64_t)1 << 32;
  return r;
}

static int frozen_date(void *ctx, int64_t *seconds) {
  static int64_t first;
  int r = first ? 0 : good->unix_time(ctx, &first);
  *seconds = first;
  return r;
}

/* Two clocks that do not agree. */
static int date_of_two_clocks(void *ctx, int64_t *seconds) {
  static int calls;
  int r = good->unix_time(ctx, seconds);
  if (++calls % 3 == 0) *seconds -= 5;
  return r;
}

static int random_that_repeats(void *ctx, void *p, size_t n) {
  static uint8_t pool[256];
  static size_t at;
  (void)ctx;
  for (size_t i = 0; i < n; i++) {
    if (at < sizeof pool && good->random(ctx, pool + at, 1)) return MOAT_E_RANDOM;
    ((uint8_t *)p)[i] = pool[at++ % sizeof pool];
  }
  return 0;
}

static moat_posix_net idle;

/* It is slow, so the time decides how many bytes a start draws in all. */
static int random_with_seed(void *ctx, void *p, size_t n) {
  static uint64_t state = 1;
  (void)ctx;
  (void)good_stream->wait(&idle, MOAT_WANT_TIME, 4);
  for (size_t i = 0; i < n; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    ((uint8_t *)p)[i] = (uint8_t)(state >> 56);
  }
  return 0;
}

/* The seed is good, but there are only 65536 states. */
static int random_of_16_bits(void *ctx, void *p, size_t n) {
  static uint16_t state;
  if (!state && good->random(ctx, &state, sizeof state)) return MOAT_E_RANDOM;
  for (size_t i = 0; i < n; i++) {
    state = (uint16_t)(state * 25173u + 13849u);
    ((uint8_t *)p)[i] = (uint8_t)(state >> 8);
  }
  return 0;
}

/* A counter with large steps. */
static int random_by_counter(void *ctx, void *p, size_t n) {
  static uint64_t count;
  if (!count && good->random(ctx, &count, sizeof count)) return MOAT_E_RANDOM;
  for (size_t i = 0; i < n; i++)
    ((uint8_t *)p)[i] = (uint8_t)((count += 0xd1342543de82ef95u) >> 56);
  return 0;
}

/* The last bytes stay as they were, if they are less than a word. */
static int random_words(void *ctx, void *p, size_t n) {
  return good->random(ctx, p, n < 4 ? n : n & ~(size_t)3);
}

/* As getentropy() does. */
static int random_256(void *ctx, void *p, size_t n) {
  return n > 256 ? MOAT_E_RANDOM : good->random(ctx, p, n);
}

static int read_past_room(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  int r = good->slot_read(ctx, slot, p, cap, n);
  if (r == MOAT_E_SPACE) ((char *)p)[cap] = 0;
  return r;
}

static int read_or_empty(void *ctx, int slot, void *p, size_t cap, size_t *n) {
  int r = good->slot_read(ctx, slot, p, cap, n);
  return r == 0 || r == MOAT_E_SPACE ? r : MOAT_E_EMPTY;
}

/* Two slots in one erase block. */
static int erase_block(void *ctx, int slot) {
  if (slot == MOAT_SLOT_PENDING) (void)good->slot_erase(ctx, MOAT_SLOT_MARK);
  return good->slot_erase(ctx, slot);
}

/* The same, but the block is put back before the write is over. */
static int write_block(void *ctx, int slot, const void *p, size_t n) {
  static char kept[4096];
  static size_t kept_n;
  if (slot != MOAT_SLOT_PENDING) return good->slot_write(ctx, slot, p, n);
  if (!kept_n && !good->slot_read(ctx, MOAT_SLOT_MARK, kept, sizeof kept, &kept_n)) {
    (void)good->slot_erase(ctx, MOAT_SLOT_MARK);
    return MOAT_WANT_TIME;
  }
  if (kept_n) (void)good->slot_write(ctx, MOAT_SLOT_MARK, kept, kept_n);
  kept_n = 0;
  return good->slot_write(ctx, slot, p, n);
}

/* Long records reach into the next slot. */
static int write_past_end(void *ctx, int slot, const void *p, size_t n) {
  if (slot == MOAT_SLOT_A && n > 1024) (void)good->slot_erase(ctx, MOAT_SLOT_B);
  return good->slot_write(ctx, slot, p, n);
}

/* The first write takes two calls, and the second one writes the bytes of the first. */
static int write_by_pointer(void *ctx, int slot, const void *p, size_t n) {
  static const void *kept;
  static int calls;
  if (++calls > 2) return good->slot_write(ctx, slot, p, n);
  if (calls == 2) return good->slot_write(ctx, slot, kept, n);
  kept = p;
  return MOAT_WANT_TIME;
}

/* It copies the record and has it written in the background. What other calls bring meanwhile is
 * not looked at. */
static int write_in_background(void *ctx, int slot, const void *p, size_t n) {
  static char copy[8192];
  static int calls, of_slot;
  static size_t size;
  if (calls == 0 || slot != of_slot) {
    memcpy(copy, p, n);
    size = n;
    of_slot = slot;
    calls = 0;
  }
  if (++calls < 4) return MOAT_WANT_TIME;
  calls = 0;
  return good->slot_write(ctx, slot, copy, size);
}

/* A word at a time, from where the bytes begin or a little before. */
static int write_by_words(void *ctx, int slot, const void *p, size_t n) {
  static bool erases;
  erases = !erases;
  if (erases) return MOAT_WANT_TIME;
  return good->slot_write(ctx, slot, (const char *)p - (uintptr_t)p % 4, n);
}

/* A mark has this many bytes, and no more are kept. */
static int write_cut(void *ctx, int slot, const void *p, size_t n) {
  return good->slot_write(ctx, slot, p, slot == MOAT_SLOT_MARK && n > 44 ? 44 : n);
}

/* A cache of each task: this one does not hear of what the other one erased. */
static int erase_for_one(void *ctx, int slot) {
  static const void *first;
  if (!first) first = ctx;
  return ctx == first ? good->slot_erase(ctx, slot) : 0;
}

/* The last record is still in memory when the power goes. */
static struct {
  void *ctx;
  int slot;
} last;

static void lose_last(void) {
  (void)good->slot_erase(last.ctx, last.slot);
}

static int write_to_memory(void *ctx, int slot, const void *p, size_t n) {
  if (!last.ctx && atexit(lose_last)) return MOAT_E_PORT;
  last.ctx = ctx;
  last.slot = slot;
  return good->slot_write(ctx, slot, p, n);
}

/* Not a MAC, but it depends on the key and on all bytes. */
static void mix(uint32_t key, const uint8_t *p, size_t n, uint8_t out[32]) {
  uint64_t h = key;
  for (size_t i = 0; i < n + 32; i++) {
    h = (h ^ (i < n ? p[i] : 0x80)) * 0x100000001b3u;
    h ^= h >> 29;
    out[i % 32] = (uint8_t)(h >> 24);
  }
}

/* An engine takes blocks of 64 bytes, and the rest is left out. */
static int mac_of_block(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  (void)ctx;
  mix(1, p, n < 64 ? n : 64, out);
  return 0;
}

static int mac_by_new_key(void *ctx, const void *p, size_t n, uint8_t out[32]) {
  static uint32_t key;
  if (!key && good->random(ctx, &key, sizeof key)) return MOAT_E_RANDOM;
  mix(key, p, n, out);
  return 0;
}

static int lock_in_the_end(void *ctx) {
  int r = good->lock(ctx);
  if (r == MOAT_WANT_TIME) (void)good_stream->wait(&idle, MOAT_WANT_TIME, 600);
  return r;
}

/* It never returns, so the watchdog need not wait for long. */
static int lock_for_ever(void *ctx) {
  int r = good->lock(ctx);
  if (r != MOAT_WANT_TIME) return r;
  (void)alarm(1);
  for (;;)
    (void)pause();
}

static int lock_for_all(void *ctx) {
  (void)ctx;
  return 0;
}

static void unlock_for_all(void *ctx) {
  (void)ctx;
}

/* ---- Which fault is found by which check ---- */

static moat_platform platform;
static moat_stream_ops stream;

static const struct fault {
  const char *name, *check;
  moat_platform platform;
  moat_stream_ops stream;
} faults[] = {
    {"resolver-blocks", "connect does not wait for the name server",
     .stream = {.connect = connect_after_lookup}},
    {"connect-takes-a-while", "connect does not wait for the name server",
     .stream = {.connect = connect_in_100_ms}},
    {"connect-blocks", "connect does not wait for a host that says nothing",
     .stream = {.connect = connect_on_the_way}},
    {"address-reversed", "a host that is found is connected to",
     .stream = {.connect = connect_reversed}},
    {"name-too-long", "a host that is found is connected to",
     .stream = {.connect = connect_to_short_name}},
    {"recv-blocks", "recv without bytes says so at once", .stream = {.recv = recv_in_300_ms}},
    {"recv-blocks-for-ever", "recv without bytes says so at once",
     .stream = {.recv = recv_in_the_end}},
    {"recv-fills", "recv gives what is there, and waits for no more",
     .stream = {.recv = recv_in_full}},
    {"recv-drops", "an orderly end, when all bytes were read: MOAT_E_EOF",
     .stream = {.recv = recv_once}},
    {"recv-blocks-at-end", "calls other than wait take little time",
     .stream = {.recv = recv_past_end}},
    {"end-drops", "an orderly end, when all bytes were read: MOAT_E_EOF",
     .stream = {.recv = recv_until_end, .wait = wait_for_end}},
    {"send-errno", "send after a reset: no error but MOAT_E_NETWORK",
     .stream = {.send = send_with_errno}},
    {"send-repeats", "send without room loses and repeats nothing", .stream = {.send = send_again}},
    {"send-loses", "send without room loses and repeats nothing", .stream = {.send = send_in_part}},
    {"send-blocks", "send without room says so at once", .stream = {.send = send_in_the_end}},
    {"wait-spins", "wait sleeps while nothing comes", .stream = {.wait = wait_spinning}},
    {"wait-spins-in-lookup", "wait sleeps while a name is looked up",
     .stream = {.wait = wait_spinning_in_lookup}},
    {"wait-spins-when-full", "wait sleeps while there is no room",
     .stream = {.wait = wait_spinning_when_full}},
    {"wait-spins-in-connect", "wait sleeps while a connection is made",
     .stream = {.wait = wait_spinning_in_connect}},
    {"wait-longer", "wait ends when its time is over", .stream = {.wait = wait_longer}},
    {"pause-ends-early", "a pause takes its time, and no more", .stream = {.wait = wait_for_any}},
    {"wait-misses-end", "wait ends when there is something", .stream = {.wait = wait_for_bytes}},
    {"refused-leaks", "a port that nobody listens at: MOAT_E_CONNECT",
     .stream = {.connect = connect_keeping_refused}},
    {"close-leaks", "close ends the connection", .stream = {.close = close_in_name}},
    {"close-takes-a-while", "calls other than wait take little time",
     .stream = {.close = close_in_30_ms}},
    {"connections-mixed", "two connections have nothing to do with each other",
     .stream = {.connect = connect_in_one_variable, .recv = recv_from_one_variable}},
    {"late-address", "the address of a cancelled lookup is not used",
     .stream = {.connect = connect_by_address}},
    {"late-answer", "the answer of a cancelled lookup is ignored",
     .stream = {.connect = connect_by_callback, .close = close_without_cancel}},
    {"close-keeps-lookup", "lookups that were given up leave room for others",
     .stream = {.connect = connect_with_places, .close = close_keeping_place}},
    {"date-frozen", "unix_time goes on", .platform = {.unix_time = frozen_date}},
    {"date-jumps", "unix_time goes on", .platform = {.unix_time = date_of_two_clocks}},
    {"ticks-of-date", "ticks_ms does not follow the date", .platform = {.ticks_ms = ticks_of_date}},
    {"date-of-32-bits", "unix_time knows a date in 20 years",
     .platform = {.unix_time = date_of_32_bits}},
    {"ticks-of-microseconds", "ticks_ms does not go back later either",
     .platform = {.ticks_ms = ticks_of_microseconds}},
    {"ticks-frozen", "ticks_ms counts, and never back", .platform = {.ticks_ms = frozen_ticks}},
    {"random-of-16-bits", "random has no short period and no bias",
     .platform = {.random = random_of_16_bits}},
    {"random-by-counter", "random has no short period and no bias",
     .platform = {.random = random_by_counter}},
    {"random-256", "random fills 512 bytes in one call", .platform = {.random = random_256}},
    {"random-repeats", "random fills all of it, anew each time",
     .platform = {.random = random_that_repeats}},
    {"random-seeded", "random is not what it was after the last start",
     .platform = {.random = random_with_seed}},
    {"random-words", "random fills every bit of any number of bytes",
     .platform = {.random = random_words}},
    {"read-past-room", "slot_read into too little room says how much it takes",
     .platform = {.slot_read = read_past_room}},
    {"read-error-empty", "a slot that cannot be read is not empty",
     .platform = {.slot_read = read_or_empty}},
    {"slots-share-block", "each slot is its own", .platform = {.slot_erase = erase_block}},
    {"slots-share-write", "a write that was given up spoils no other slot",
     .platform = {.slot_write = write_block}},
    {"slots-overlap", "each slot is its own", .platform = {.slot_write = write_past_end}},
    {"write-keeps-pointer", "a slot takes any size over any other",
     .platform = {.slot_write = write_by_pointer}},
    {"write-in-background", "a write that was given up leaves nothing to the next one",
     .platform = {.slot_write = write_in_background}},
    {"write-by-words", "slot_write takes bytes from any address",
     .platform = {.slot_write = write_by_words}},
    {"write-cut", "a record that is too long for a slot is not cut",
     .platform = {.slot_write = write_cut}},
    {"write-to-memory", "slots hold what the last run left in them",
     .platform = {.slot_write = write_to_memory}},
    {"erase-for-one", "what one task writes or erases another one finds so",
     .platform = {.slot_erase = erase_for_one}},
    {"mac-of-block", "mac depends on all bytes, and on nothing else",
     .platform = {.mac = mac_of_block}},
    {"mac-by-new-key", "mac is what it was before the last start",
     .platform = {.mac = mac_by_new_key}},
    {"lock-waits", "one task at a time has the lock", .platform = {.lock = lock_in_the_end}},
    {"lock-waits-for-ever", "one task at a time has the lock", .platform = {.lock = lock_for_ever}},
    {"lock-for-all", "one task at a time has the lock",
     .platform = {.lock = lock_for_all, .unlock = unlock_for_all}},
};

const char *bad_fault(int at, const char **check) {
  if (at < 0 || (size_t)at >= sizeof faults / sizeof *faults) return NULL;
  *check = faults[at].check;
  return faults[at].name;
}

#define TAKE(table, from, member)                                                                  \
  if ((from).member) (table).member = (from).member

static void take_platform(const moat_platform *p) {
  platform = *good;
  TAKE(platform, *p, ticks_ms);
  TAKE(platform, *p, unix_time);
  TAKE(platform, *p, random);
  TAKE(platform, *p, slot_read);
  TAKE(platform, *p, slot_write);
  TAKE(platform, *p, slot_erase);
  TAKE(platform, *p, lock);
  TAKE(platform, *p, unlock);
  TAKE(platform, *p, mac);
}

static void take_stream(const moat_stream_ops *s) {
  stream = *good_stream;
  TAKE(stream, *s, connect);
  TAKE(stream, *s, send);
  TAKE(stream, *s, recv);
  TAKE(stream, *s, close);
  TAKE(stream, *s, wait);
}

bool bad_port(const char *fault, port_check_setup *setup) {
  const char *check, *name;
  int at = 0;
  while ((name = bad_fault(at, &check)) && strcmp(name, fault) != 0)
    at++;
  if (!name) return false;
  take_platform(&faults[at].platform);
  take_stream(&faults[at].stream);
  setup->name = name;
  setup->platform = &platform;
  setup->stream = &stream;
  return true;
}
