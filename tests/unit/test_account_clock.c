/* How long a token is handed out. Each case runs for four hundred days and asks daily or more
 * often, in one object or in a new one each time. The date is right, unknown, or jumps by a year.
 * */
#include "account_fixture.h"

enum { DAY = 86400, DAYS = 400, YEAR = 365 * DAY, UNKNOWN = -1 };

typedef struct {
  int32_t life;
  bool refreshes, has_date, restarts;
  int jump; /* seconds, on the day below */
  int jump_day;
} course;

/* The true time, and when the current token was issued. */
typedef struct {
  int64_t now, issued;
  int64_t date_at_issue;
  bool seen;   /* this object knows the token */
  bool looked; /* it knows the token's age from the date */
} world;

static void next_answer(fixture *f, const course *c) {
  char life[40] = "", body[200];
  if (c->life != UNKNOWN) snprintf(life, sizeof life, ",\"expires_in\":%d", (int)c->life);
  snprintf(body, sizeof body, "{\"access_token\":\"AT.2\"%s%s}", life,
           c->refreshes ? ",\"refresh_token\":\"RT.2\"" : "");
  answer(f, "200 OK", "", body);
}

static void begin(fixture *f, const course *c, world *w) {
  f->m.unix_time = c->has_date ? NOW : 0;
  restart(f);
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  sign_in(f, MOAT_HOW_CODE, c->refreshes ? "RT.1" : NULL, c->life);
  *w = (world){.now = 0, .issued = 0, .date_at_issue = f->m.unix_time};
}

/* The life that counts. With a refresh token it is a month at most, and an hour if the server did
 * not say. */
static int64_t life_of(const course *c) {
  if (c->life == UNKNOWN) return c->refreshes ? 3600 : INT64_MAX;
  return c->refreshes && c->life > 30 * DAY ? 30 * DAY : c->life;
}

static int64_t margin_of(int64_t life) {
  return life / 5 < 300 ? life / 5 : 300;
}

/* A token handed out without a request has not expired by any clock that is known. */
static void check_served(const fixture *f, const course *c, const world *w) {
  int64_t life = life_of(c), age = w->now - w->issued, by_date = f->m.unix_time - w->date_at_issue;
  bool dates = f->m.unix_time && w->date_at_issue;
  bool ticks = !c->restarts;
  if ((ticks && age >= life) || (dates && by_date >= life))
    fail_msg("life %d, refreshes %d, date %d, restarts %d, jump %d: served at %lld s", (int)c->life,
             c->refreshes, c->has_date, c->restarts, c->jump, (long long)age);
}

/* A request is not sent before the margin begins, unless the age is unknown. */
static void check_refreshed(const fixture *f, const course *c, const world *w) {
  int64_t life = life_of(c), age = w->now - w->issued, by_date = f->m.unix_time - w->date_at_issue;
  int64_t due = life - margin_of(life);
  bool ageless = (c->restarts || !w->seen) && (!f->m.unix_time || !w->date_at_issue || by_date < 0);
  if (age < due && by_date < due && !ageless)
    fail_msg("life %d, date %d, restarts %d, jump %d: refreshed at %lld s", (int)c->life,
             c->has_date, c->restarts, c->jump, (long long)age);
}

/* A token that cannot be replaced is handed out as long as every known clock says it is valid. */
static void check_withheld(const fixture *f, const course *c, const world *w, int result) {
  int64_t life = life_of(c), age = w->now - w->issued, by_date = f->m.unix_time - w->date_at_issue;
  bool dates = f->m.unix_time && w->date_at_issue && by_date >= 0;
  bool ticks = !c->restarts && (w->seen || w->looked);
  bool good = (ticks || dates) && (!ticks || age < life) && (!dates || by_date < life);
  if (good && c->jump <= 0)
    fail_msg("life %d, date %d, restarts %d, jump %d: withheld at %lld s", (int)c->life,
             c->has_date, c->restarts, c->jump, (long long)age);
  if (result == MOAT_E_CLOCK) assert_true(!f->m.unix_time || by_date < 0);
}

static void ask(fixture *f, const course *c, world *w) {
  if (c->restarts) restart(f);
  next_answer(f, c);
  int r = run(f);
  unsigned asked = requests(f);
  if (r != 0) {
    assert_false(c->refreshes);
    assert_true(r == MOAT_E_EMPTY || r == MOAT_E_CLOCK);
    check_withheld(f, c, w, r);
    w->looked = w->looked || (r == MOAT_E_EMPTY && f->m.unix_time);
    return;
  }
  if (asked)
    check_refreshed(f, c, w);
  else
    check_served(f, c, w);
  w->seen = true;
  if (!asked) return;
  w->issued = w->now;
  w->date_at_issue = f->m.unix_time;
}

static void run_course(fixture *f, const course *c, uint32_t step) {
  world w;
  begin(f, c, &w);
  for (int64_t t = step; t < (int64_t)DAYS * DAY; t += step) {
    w.now = t;
    f->s.clock += step * 1000;
    if (f->m.unix_time) f->m.unix_time += step;
    if (c->jump && t / DAY == c->jump_day && (t - step) / DAY != c->jump_day && f->m.unix_time)
      f->m.unix_time += c->jump;
    ask(f, c, &w);
  }
}

/* The first day is checked every seven minutes, all other days once. */
static void test_four_hundred_days(void **state) {
  fixture *f = *state;
  static const int32_t lives[] = {3600, 30 * DAY, 60 * DAY, YEAR, UNKNOWN, 60};
  static const int jumps[][2] = {{0, 0},      {YEAR, 0},  {-YEAR, 0},  {YEAR, 10},
                                 {-YEAR, 10}, {YEAR, 29}, {-YEAR, 45}, {-YEAR, 364}};
  for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
    for (size_t j = 0; j < sizeof jumps / sizeof *jumps; j++)
      for (unsigned flags = 0; flags < 8; flags++) {
        course c = {.life = lives[i],
                    .refreshes = flags & 1,
                    .has_date = flags & 2,
                    .restarts = flags & 4,
                    .jump = jumps[j][0],
                    .jump_day = jumps[j][1]};
        run_course(f, &c, DAY);
      }
}

static void test_by_minutes(void **state) {
  fixture *f = *state;
  for (unsigned flags = 0; flags < 8; flags++) {
    course c = {.life = 3600, .refreshes = flags & 1, .has_date = flags & 2, .restarts = flags & 4};
    world w;
    begin(f, &c, &w);
    for (int64_t t = 60; t < DAY; t += 60) {
      w.now = t;
      f->s.clock += 60000;
      if (f->m.unix_time) f->m.unix_time += 60;
      ask(f, &c, &w);
    }
  }
}

/* Met in the field: the clock was unknown at the sign-in, the token lives for a minute, and there
 * is no refresh token. A year later the token is not handed out, and the account asks for the date.
 * */
static void test_unknown_at_sign_in(void **state) {
  fixture *f = *state;
  uint32_t seconds;
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  f->m.unix_time = 0;
  restart(f);
  sign_in(f, MOAT_HOW_CODE, NULL, 60);
  restart(f);
  assert_int_equal(run(f), MOAT_E_CLOCK);
  assert_int_equal(need(f, &seconds), MOAT_NEED_CLOCK);
  /* A date alone does not help, since the date of the sign-in is missing. */
  f->m.unix_time = NOW;
  assert_int_equal(run(f), MOAT_E_EMPTY);
}

/* The date is set after the token was first used: it was unknown at the start, or far in the past.
 * */
static void test_date_comes_late(void **state) {
  fixture *f = *state;
  static const int64_t dates[] = {0, 946684800};
  uint32_t seconds;
  for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
    for (int looks = 0; looks < 2; looks++) {
      memset(f->m.sizes, 0, sizeof f->m.sizes);
      f->m.unix_time = NOW;
      sign_in(f, MOAT_HOW_CODE, NULL, 60 * DAY);
      restart(f);
      f->m.unix_time = dates[i];
      if (looks) assert_int_equal(moat_account_load(&f->a), 0);
      assert_int_equal(run(f), MOAT_E_CLOCK);
      assert_int_equal(need(f, &seconds), MOAT_NEED_CLOCK);
      f->m.unix_time = NOW + DAY;
      assert_int_equal(run(f), 0);
      assert_token(f, "AT.1");
      pass(f, 59 * DAY);
      assert_int_equal(run(f), MOAT_E_EMPTY);
    }
}

/* A token from before a restart has its age by the date. From then on a second is 1,000 ticks. */
static void test_last_second(void **state) {
  fixture *f = *state;
  sign_in(f, MOAT_HOW_CODE, "RT.1", 3600);
  pass(f, 3599);
  restart(f);
  f->s.clock = 5999;
  assert_int_equal(moat_account_load(&f->a), 0);
  assert_true(moat_account_is_valid(&f->a));
  f->s.clock += 999;
  assert_true(moat_account_is_valid(&f->a));
  f->s.clock += 1;
  assert_false(moat_account_is_valid(&f->a));
}

/* The slots cannot be read or are empty. The token in memory still expires at its end. */
static void test_without_the_record(void **state) {
  fixture *f = *state;
  assert_int_equal(run(f), 0);
  pass(f, 3700);
  f->failing_slot = MOAT_SLOT_A;
  f->failure = MOAT_E_BUSY;
  f->writes_left = -1;
  assert_int_equal(run(f), MOAT_E_BUSY);
  assert_false(moat_account_is_valid(&f->a));
  f->failing_slot = -1;
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  f->lock_result = MOAT_WANT_TIME;
  assert_int_equal(run(f), MOAT_E_BUSY);
  moat_account_cancel(&f->a);
  assert_false(moat_account_is_valid(&f->a));
  f->lock_result = 0;
}

/* Records of version 1 have no life. One with dates lasts as before. One without has expired. */
static void test_record_of_before(void **state) {
  fixture *f = *state;
  static const uint8_t record[] = {'M',  'O',  'A',  'T',  1,    0,    0,    0,    1,    0,
                                   0,    0,    9,    0,    0,    0,    0x00, 0xf1, 0x53, 0x65,
                                   0x00, 0xf1, 0x53, 0x65, 0x10, 0xff, 0x53, 0x65, /* until 3600 s
                                                                                      after NOW */
                                   27,   0,    0,    0,    6,    0,    0,    0,    4,    0,
                                   0,    0,    4,    0,    0,    0,    0,    0,    0,    0};
  char *slot = f->m.slots[MOAT_SLOT_A];
  memset(f->m.sizes, 0, sizeof f->m.sizes);
  memcpy(slot, record, sizeof record);
  memcpy(slot + sizeof record, URL "clientRT.1AT.0", 41);
  size_t n = sizeof record + 41;
  uint32_t crc = 0xffffffffu;
  for (size_t i = 0; i < n; i++) {
    crc ^= (uint8_t)slot[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  for (unsigned i = 0; i < 4; i++)
    slot[n + i] = (char)(~crc >> 8 * i);
  f->m.sizes[MOAT_SLOT_A] = n + 4;
  restart(f);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.0");
  pass(f, 3300);
  assert_int_equal(run(f), 0);
  assert_token(f, "AT.2");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(test_four_hundred_days), TEST(test_by_minutes),         TEST(test_unknown_at_sign_in),
      TEST(test_date_comes_late),   TEST(test_without_the_record), TEST(test_record_of_before),
      TEST(test_last_second),
  };
  return cmocka_run_group_tests_name("how long a token lasts", tests, NULL, NULL);
}
