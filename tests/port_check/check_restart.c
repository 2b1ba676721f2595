/* From one start to the next. */
#include "port_check.h"

#include <string.h>

/* The slots that have to be durable but for MOAT_SLOT_PENDING, which is erased. */
static const int noted[] = {MOAT_SLOT_A, MOAT_SLOT_B, MOAT_SLOT_MARK};
enum { NAME = 8, FIRST = 16, MAC = 16, NOTES = sizeof noted / sizeof *noted };
enum { SIGNED = NAME + FIRST, NOTE = SIGNED + MAC };
static const char note_name[NAME + 1] = "MOATPORT";
static char note[NOTE];

/* How many slots have the note of the last run, which is copied to `old`. */
static int find_notes(const port_check_setup *s, char old[NOTE]) {
  char p[NOTE];
  int found = 0;
  for (int i = 0; i < NOTES; i++) {
    size_t n = 0;
    int r = port_check_slot_read(s, noted[i], p, NOTE, &n);
    if (r || n != NOTE || memcmp(found ? old : note_name, p, found ? NOTE : NAME) != 0) continue;
    memcpy(old, p, NOTE);
    found++;
  }
  return found;
}

/* A part of it, so that the note fits in every slot. */
static void sign(const port_check_setup *s, const char p[SIGNED], char out[MAC]) {
  uint8_t all[32] = {0};
  if (s->platform->mac) (void)port_check_mac(s, p, SIGNED, all);
  memcpy(out, all, MAC);
}

/* A key that is made at each start makes all records invalid. */
static void mac(const port_check_setup *s, const char old[NOTE]) {
  char now[MAC];
  port_check_begin("mac is what it was before the last start");
  sign(s, old, now);
  port_check_that(memcmp(old + SIGNED, now, MAC) == 0,
                  "another MAC of the same bytes, beginning with", (uint8_t)now[0]);
  port_check_end();
}

/* A generator with a fixed seed repeats itself after each start. So the first bytes of this start
 * are compared with those of the last one: how many are drawn later depends on the time. And slots
 * may have been kept in memory only. */
void port_check_restart(const port_check_setup *s) {
  const char *slots = "slots hold what the last run left in them",
             *random = "random is not what it was after the last start",
             *why = "no note of an earlier run: cut the power, and run it again";
  char old[NOTE] = {0};
  size_t n = 0;
  memcpy(note, note_name, NAME);
  if (port_check_random(s, note + NAME, FIRST)) return;
  sign(s, note, note + SIGNED);
  int found = find_notes(s, old);
  if (!found && !s->again) {
    port_check_skip(slots, why);
    port_check_skip(random, why);
    return;
  }
  port_check_begin(slots);
  port_check_that(found == NOTES, "of three slots that have its note", found);
  int r = port_check_slot_read(s, MOAT_SLOT_PENDING, s->memory, NOTE, &n);
  port_check_that(r == MOAT_E_EMPTY, "result of slot_read, where it erased", r);
  port_check_end();
  port_check_begin(random);
  port_check_that(memcmp(old, note, SIGNED) != 0, "the same bytes, beginning with", note[NAME]);
  port_check_end();
  if (s->platform->mac && found) mac(s, old);
}

static int change(const port_check_setup *s, int slot, bool erases) {
  uint32_t start = port_check_ticks(s);
  int r;
  do
    r = erases ? port_check_slot_erase(s, slot) : port_check_slot_write(s, slot, note, NOTE);
  while (port_check_again(s, r, start));
  return r;
}

void port_check_leave_note(const port_check_setup *s) {
  (void)change(s, MOAT_SLOT_PENDING, false);
  (void)change(s, MOAT_SLOT_PENDING, true);
  for (int i = 0; i < NOTES; i++)
    (void)change(s, noted[i], false);
}
