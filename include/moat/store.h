/* The stored grant: one record per account, in two slots written in turn, over the slots of any
 * port.
 *
 * A refresh has two phases. A small mark goes to a slot of its own before the first byte of the
 * request. The new refresh token is durable before the caller sees the access token. If the power
 * fails in between, the mark tells the next start that an answer may have been lost.
 *
 * A mark holds the record's sequence, the members of moat_note, and the end. All but the end have 4
 * bytes each. A mark with another sequence than the record's is void.
 *
 * A record holds "MOAT", the version, seven numbers, the lengths of five texts, the texts, and the
 * end. Numbers and texts are in the order of moat_record. Version, numbers and lengths have 4 bytes
 * each, little-endian. Version 1 had no `life`, version 2 no `revision`. Every version begins with
 * "MOAT" and its number. A record of a newer version is refused and left alone.
 *
 * Everything in a slot has the same end: 4 bytes of CRC-32 or, if the platform has a `mac`, 32
 * bytes of MAC. The MAC covers all bytes before it and the number of the slot as one byte more (for
 * slot B that of A). A platform accepts only one of the two kinds. */
#ifndef MOAT_STORE_H
#define MOAT_STORE_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a grant was obtained. One registration may be confidential for the code flow and public for
 * the device flow. So this decides whether a refresh sends the secret. */
enum { MOAT_HOW_CODE = 1, MOAT_HOW_DEVICE = 2, MOAT_HOW_UNATTENDED = 3 };

typedef struct {
  uint32_t how;       /* MOAT_HOW_ */
  uint32_t sequence;  /* grows by one with each save; the first is the date or, if that is unknown,
                         random, so that a new grant is never taken for an erased one */
  uint32_t signed_in; /* seconds since 1970, like the next two; 0: the clock was unknown */
  uint32_t refreshed;
  uint32_t expires;   /* of the access token */
  uint32_t life;      /* of the access token, in seconds; 0: the server did not say */
  uint32_t revision;  /* of the configuration, for MOAT_HOW_UNATTENDED */
  moat_span provider; /* the token endpoint's URL: a refresh token goes nowhere else */
  moat_span client_id;
  moat_span refresh_token;
  moat_span access_token; /* absent if it is not kept */
  moat_span scope;        /* as granted */
} moat_record;

/* Largest size in bytes of a record without its texts. Without a mac it is 28 less. */
#define MOAT_RECORD_OVERHEAD 88

/* Notes beside the newest record. Each is stored as a number of 4 bytes. */
typedef struct {
  uint32_t marked; /* 1: a refresh has begun and its answer was never stored */
  uint32_t until;  /* unix time before which the server is not asked; 0: no pause, or the clock was
                      unknown */
  uint32_t cause;  /* MOAT_CAUSE_… of the last refusal */
  uint32_t failures;     /* refusals in a row */
  uint32_t revision;     /* revision of the configuration that was refused */
  uint32_t needed;       /* work buffer size that the last answer needed, or 0 */
  int32_t dead_code;     /* MOAT_E_OAUTH or MOAT_E_LOST once the refresh token is dead; else 0 */
  uint32_t since;        /* unix time at which that was found */
  int32_t provider_code; /* provider's number in the last refusal */
} moat_note;

typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  char *buffer; /* lent; room for one record: its texts and MOAT_RECORD_OVERHEAD */
  size_t size;
  bool keep_access; /* store the access token too, where it fits */
  uint8_t slot;     /* private: the slot of the newest record */
  size_t used;      /* private: as many bytes of the buffer may hold secrets */
  /* A load sets this member and all that follow to zero. The small ones come first: they are cheap
   * to reach there. */
  bool writing;     /* private */
  uint8_t erased;   /* private: number of slots that moat_store_erase() has erased */
  bool new_sign_in; /* set by moat_store_renew(): the next save is a new sign-in */
  moat_note note;
  moat_record record; /* views into the buffer after a load or a save */
  size_t needed;      /* after MOAT_E_SPACE */
  int32_t port_code;  /* after MOAT_E_PORT: the port's own number, if port.h does not list it for
                         ports; else 0 */
} moat_store;

void moat_store_init(moat_store *s, const moat_platform *platform, void *platform_ctx, char *buffer,
                     size_t size);

/* Reads the newest good record. Returns 0, MOAT_E_EMPTY (nothing is stored), MOAT_E_STORE (the
 * slots hold no good record), MOAT_E_NEWER, MOAT_E_SPACE, or the port's error. After an error the
 * buffer is wiped. After the first two there may be a note all the same. */
MOAT_NODISCARD int moat_store_load(moat_store *s);

/* Wipes the buffer, which holds tokens after a load or a save, and forgets what a load found. The
 * slots do not change. Load again before any other call. */
void moat_store_wipe(moat_store *s);

/* Prepares for a sign-in whose tokens will replace the record. Call it only after a load that gave
 * 0, MOAT_E_EMPTY or MOAT_E_STORE: after any other error a good record may be there. If other
 * processes use the account, hold the lock from that load to the save. The three spans stay
 * borrowed until the save and lie outside the store's buffer. */
void moat_store_renew(moat_store *s, uint8_t how, moat_span provider, moat_span client_id,
                      moat_span scope);

/* The keeper of a grant, with the moat_store as its context. mark() writes the mark before a
 * refresh. Before a sign-in by code it erases MOAT_SLOT_PENDING, so that a code or verifier is used
 * once. save() writes the record to the other slot. After a cancel in between, load again before
 * the next begin. */
extern const moat_keeper_ops moat_store_keeper;

/* Stores `note` beside the record, after an answer without a token. It stays until the next save.
 * Returns 0, MOAT_WANT_TIME (call again with the same arguments), or the port's error. */
MOAT_NODISCARD int moat_store_settle(moat_store *s, const moat_note *note);

/* Seconds that are left of the pause; 0 while the clock is unknown. */
uint32_t moat_store_pause(const moat_store *s);

/* Erases every slot. Returns 0, MOAT_WANT_TIME (call again), or the port's error. */
MOAT_NODISCARD int moat_store_erase(moat_store *s);

/* ---- A pending device code, so that a restart can resume the sign-in (RFC 8628) ----
 *
 * MOAT_SLOT_PENDING holds "MDEV", version, 3 zero bytes, deadline (8), seconds (4), interval (4),
 * six lengths (2 each), the texts, and the end. Numbers are little-endian. */

/* Largest size in bytes of such a record without its texts. Without a mac it is 28 less. */
#define MOAT_DEVICE_OVERHEAD 68

/* Stores a device code. Call it from a grant's `show`. `owner` identifies the code's client and
 * endpoint, for only they can poll with it. `buffer` has room for the texts, the owner and
 * MOAT_DEVICE_OVERHEAD. It is lent until the result is no longer MOAT_WANT_TIME, and is then wiped.
 * Returns 0, MOAT_WANT_TIME, MOAT_E_SPACE, or the port's error. */
MOAT_NODISCARD int moat_device_save(moat_device_prompt *prompt, moat_span owner,
                                    const moat_platform *platform, void *platform_ctx, char *buffer,
                                    size_t size);

/* Fills the prompt for moat_device_begin(). Its texts stay in `buffer`. Erase the slot once the
 * sign-in is over, however it ended. The errors are
 *   MOAT_E_EMPTY    nothing is stored
 *   MOAT_E_STORE    a damaged record, another kind of record, or another owner's code
 *   MOAT_E_EXPIRED  the code has expired
 *   MOAT_E_URL, MOAT_E_REPLY  an answer of the server with these texts would be refused, too
 *   MOAT_E_SPACE, or the port's
 * After an error the buffer is wiped and the prompt is zero. A begin with a zero prompt asks for a
 * new code. */
MOAT_NODISCARD int moat_device_load(moat_device_prompt *prompt, moat_span owner,
                                    const moat_platform *platform, void *platform_ctx, char *buffer,
                                    size_t size);

#ifdef __cplusplus
}
#endif
#endif
