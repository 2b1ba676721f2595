/* The layout of the files of the grant and of the mark.
 *
 * They keep their size, so that they can be overwritten in place. The file of slot A or B is a
 * head, the record, and what was there before. The mark's file has two places, each with a head and
 * a mark: the newest mark stays until the next one is durable. */
#ifndef MOAT_POSIX_SLOT_FILE_H
#define MOAT_POSIX_SLOT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* FILE_SIZE is more than nearly every record takes. The file of a larger one is replaced each time.
 * A disk writes whole blocks, so each of the mark's places has its own. */
enum { HEAD = 16, BLOCK = 4096, MARK_PLACE = 512, MARK_SIZE = 2 * BLOCK, FILE_SIZE = 16384 };
/* As much of the mark's file as is used. */
enum { MARK_READ = BLOCK + MARK_PLACE };

/* The size that the file of a slot keeps while it holds n bytes, or 0 if the file is just these
 * bytes. */
size_t moat_posix__kept_size(int slot, size_t n);

/* How many bytes follow the head. Of a mark that was found, they fit into its place. */
size_t moat_posix__head_length(const uint8_t head[HEAD]);

void moat_posix__record_head(uint8_t head[HEAD], size_t n);
bool moat_posix__is_record(const uint8_t head[HEAD]);

/* The place of the newest mark, or NULL if none is whole. */
uint8_t *moat_posix__newest_mark(uint8_t file[MARK_READ]);
/* Makes the next mark in the other place, which is returned. */
uint8_t *moat_posix__next_mark(uint8_t file[MARK_READ], const uint8_t *p, size_t n);

#endif
