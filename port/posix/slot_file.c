/* Heads: four letters, and three numbers of four bytes, little-endian. */
#include "slot_file.h"

#include <string.h>

#include <moat/port.h>

enum { AT_LENGTH = 4, AT_TURN = 8, AT_SUM = 12 };

static const uint8_t magic[AT_LENGTH] = {'s', 'l', 'o', 't'};

size_t moat_posix__kept_size(int slot, size_t n) {
  if (slot == MOAT_SLOT_MARK) return n <= MARK_PLACE - HEAD ? MARK_SIZE : 0;
  return slot <= MOAT_SLOT_B && n <= FILE_SIZE - HEAD ? FILE_SIZE : 0;
}

static uint32_t get32(const uint8_t *p) {
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t v) {
  for (int i = 0; i < 4; i++)
    p[i] = (uint8_t)(v >> (8 * i));
}

size_t moat_posix__head_length(const uint8_t head[HEAD]) {
  return get32(head + AT_LENGTH);
}

/* FNV-1a, of the head and of n bytes behind it. A record has a checksum of its own, so only the
 * bytes of a mark are summed. */
static uint32_t sum_of(const uint8_t head[HEAD], size_t n) {
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < HEAD + n; i++)
    if (i < AT_SUM || i >= HEAD) h = (h ^ head[i]) * 16777619u;
  return h;
}

static bool is_whole(const uint8_t head[HEAD], size_t n) {
  return memcmp(head, magic, sizeof magic) == 0 && get32(head + AT_SUM) == sum_of(head, n);
}

/* ---- Records ---- */

void moat_posix__record_head(uint8_t head[HEAD], size_t n) {
  memcpy(head, magic, sizeof magic);
  put32(head + AT_LENGTH, (uint32_t)n);
  put32(head + AT_TURN, 0);
  put32(head + AT_SUM, sum_of(head, 0));
}

bool moat_posix__is_record(const uint8_t head[HEAD]) {
  return is_whole(head, 0);
}

/* ---- Marks ---- */

static bool is_mark(const uint8_t place[MARK_PLACE]) {
  size_t n = get32(place + AT_LENGTH);
  return n <= MARK_PLACE - HEAD && is_whole(place, n);
}

/* Turns wrap. */
uint8_t *moat_posix__newest_mark(uint8_t file[MARK_READ]) {
  uint8_t *second = file + BLOCK;
  if (!is_mark(second)) return is_mark(file) ? file : NULL;
  bool is_newer = (int32_t)(get32(second + AT_TURN) - get32(file + AT_TURN)) > 0;
  return is_newer || !is_mark(file) ? second : file;
}

uint8_t *moat_posix__next_mark(uint8_t file[MARK_READ], const uint8_t *p, size_t n) {
  const uint8_t *newest = moat_posix__newest_mark(file);
  uint8_t *place = newest == file ? file + BLOCK : file;
  uint32_t turn = newest ? get32(newest + AT_TURN) + 1 : 0;
  memcpy(place, magic, sizeof magic);
  put32(place + AT_LENGTH, (uint32_t)n);
  put32(place + AT_TURN, turn);
  memcpy(place + HEAD, p, n);
  put32(place + AT_SUM, sum_of(place, n));
  return place;
}
