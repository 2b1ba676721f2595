/* Calls for tests to mocks/. */
#ifndef MOCKS_H
#define MOCKS_H

#include <stdbool.h>
#include <stddef.h>

/* Every call of a store returns this, if it is not 0. */
extern int mock_error;
/* Makes every call fail, or lets all work again: the break_slot of port_check. */
void mock_break_slot(void *ctx, int slot, bool broken);
/* Every commit of NVS returns this, if it is not 0. */
extern int mock_commit_error;
/* Commits of NVS since the start. */
extern int mock_commits;
/* Most bytes of a record. */
enum { MOCK_RECORD = 8192 };

/* The errno of SO_ERROR, which Zephyr does not have here. */
extern int mock_no_option;
/* Zephyr's poll() fails with this errno, if it is not 0. */
extern int mock_poll_error;
/* Zephyr's poll() reports this of a socket that is ready, if it is not 0. */
extern short mock_revents;
/* Zephyr's connect() returns 0 in place of EINPROGRESS, which is true on loopback. */
extern bool mock_connects_at_once;

/* One store in memory serves NVS and ZMS. Returns the place of a record's bytes, or NULL if there
 * is none with this name and `make` is 0. */
typedef struct {
  char name[16];
  size_t n;
  char bytes[MOCK_RECORD];
} mock_record;
mock_record *mock_find(const char *name, int make);
void mock_erase_all(void);

#endif
