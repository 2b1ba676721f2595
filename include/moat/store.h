/* The stored grant: one record per account, in two slots written in turn, over any port's slots.
 *
 * A refresh has two phases. Before the first byte of the request a small mark goes to a slot of its
 * own; the new refresh token is durable before anybody sees the access token. If the power fails in
 * between, the mark tells the next start that an answer may have been lost.
 *
 * A mark is: the record's sequence, the members of moat_note, and the end; all but the end 4 bytes
 * each. One that names another sequence is void.
 *
 * A record is: "MOAT", version, the six numbers and the lengths of the five texts in the order
 * below, the texts, and the end; all but the texts and the end 4 bytes each, little-endian. Version
 * 1 had no `life`. Every version begins with "MOAT" and its number. One that is newer is refused
 * and left alone.
 *
 * The end is the same for everything in a slot: 4 bytes of CRC-32 or, where the platform has a
 * `mac`, 32 bytes of MAC. The MAC is of all the bytes before it and of one more, the number of the
 * slot (A's for B, too). A platform takes only the one or only the other. */
#ifndef MOAT_STORE_H
#define MOAT_STORE_H

#include "moat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a grant was obtained. One registration may be confidential for the code flow and public for
 * the device flow, so whether a secret goes with a refresh depends on it. */
enum { MOAT_HOW_CODE = 1, MOAT_HOW_DEVICE = 2 };

typedef struct {
  uint32_t how;       /* MOAT_HOW_ */
  uint32_t sequence;  /* one more with each save; of the first it is the date or, where that is
                         unknown, random, so that no grant is taken for one that was erased */
  uint32_t signed_in; /* seconds since 1970, 0 while the clock was unknown; so are the others */
  uint32_t refreshed;
  uint32_t expires;   /* of the access token */
  uint32_t life;      /* of the access token, in seconds; 0 where the server did not say */
  moat_span provider; /* the token endpoint's URL: a refresh token goes nowhere else */
  moat_span client_id;
  moat_span refresh_token;
  moat_span access_token; /* absent where the port does not keep it */
  moat_span scope;        /* as granted */
} moat_record;

/* Bytes a record takes besides its texts, at most: 28 fewer where the platform has no mac. */
#define MOAT_RECORD_OVERHEAD 84

/* Notes kept beside the newest record, stored as numbers of 4 bytes each. */
typedef struct {
  uint32_t marked; /* 1: a refresh was begun and its answer never stored */
  uint32_t until;  /* the server is not to be asked before; 0: no pause, or the clock was unknown */
  uint32_t cause;  /* MOAT_CAUSE_… of the last refusal */
  uint32_t failures; /* refusals in a row */
  uint32_t revision; /* of the configuration that was refused */
  uint32_t needed;   /* size of the work buffer that the last answer would have fitted; or 0 */
  int32_t dead_code; /* MOAT_E_OAUTH or MOAT_E_LOST: the refresh token will not be taken again */
  uint32_t since;    /* when that was found */
  int32_t provider_code; /* of that refusal */
} moat_note;

typedef struct {
  const moat_platform *platform;
  void *platform_ctx;
  char *buffer; /* lent; holds one record: the texts and MOAT_RECORD_OVERHEAD */
  size_t size;
  bool keep_access; /* store the access token too, where it fits */
  uint8_t slot;     /* private: the slot the record is in */
  /* A load begins with all of these zero. Small members first: they are cheap to reach there. */
  bool writing;     /* private */
  uint8_t erased;   /* private: slots that moat_store_erase() is done with */
  bool new_sign_in; /* set by moat_store_renew(): the next save is a new sign-in */
  moat_note note;
  moat_record record; /* views into the buffer after a load or a save */
  size_t needed;      /* after MOAT_E_SPACE */
  int32_t port_code;  /* after MOAT_E_PORT: what a slot's function answered, if that is a number
                         that port.h has not for ports; else 0 */
} moat_store;

void moat_store_init(moat_store *s, const moat_platform *platform, void *platform_ctx, char *buffer,
                     size_t size);

/* Reads the newest good record. MOAT_E_EMPTY: there is none; MOAT_E_STORE: there is something, but
 * no good record in it; MOAT_E_NEWER; MOAT_E_SPACE; or the port's error. After an error the buffer
 * is wiped. */
MOAT_NODISCARD int moat_store_load(moat_store *s);

/* Wipes the buffer, in which a load or a save leaves the tokens, and forgets what a load found out.
 * The slots stay as they are: load again before anything else. */
void moat_store_wipe(moat_store *s);

/* After a load that gave 0, MOAT_E_EMPTY or MOAT_E_STORE: prepares for a sign-in whose tokens will
 * replace the record. After any other error it is not known what is to be replaced. Where there are
 * other processes, the lock is held from that load to the save. The three spans stay borrowed until
 * the save and lie outside the store's buffer. */
void moat_store_renew(moat_store *s, uint8_t how, moat_span provider, moat_span client_id,
                      moat_span scope);

/* As a grant's keeper, with the moat_store as its context. mark: before a refresh the mark is
 * written; before a sign-in by code MOAT_SLOT_PENDING is erased, so a code or verifier is used
 * once. save: the record is written to the other slot. A cancel may come before that is done: load
 * again before the next begin. */
extern const moat_keeper_ops moat_store_keeper;

/* After an answer without a token: remembers `note` beside the record until the next save. 0,
 * MOAT_WANT_TIME (same arguments again), or the port's error. */
MOAT_NODISCARD int moat_store_settle(moat_store *s, const moat_note *note);

/* Seconds that are left of the pause; 0 where the clock is unknown. */
uint32_t moat_store_pause(const moat_store *s);

/* Erases every slot. 0, MOAT_WANT_TIME (call again), or the port's error. */
MOAT_NODISCARD int moat_store_erase(moat_store *s);

/* ---- A pending device code, so that a restart takes it up (RFC 8628) ----
 *
 * In MOAT_SLOT_PENDING: "MDEV", version, 3 zero bytes, deadline (8), seconds (4), interval (4), six
 * lengths (2 each), the texts, the end; numbers little-endian. */

/* Bytes it takes besides its texts, at most: 28 fewer where the platform has no mac. */
#define MOAT_DEVICE_OVERHEAD 68

/* From a grant's `show`. `owner` says whose code it is, such as client id and endpoint: only they
 * can poll with it. `buffer` holds the texts, the owner and MOAT_DEVICE_OVERHEAD, is lent for the
 * call and until it no longer returns MOAT_WANT_TIME, and is wiped then. 0, MOAT_E_SPACE, or the
 * port's result. */
MOAT_NODISCARD int moat_device_save(moat_device_prompt *prompt, moat_span owner,
                                    const moat_platform *platform, void *platform_ctx, char *buffer,
                                    size_t size);

/* Fills the prompt for moat_device_begin(); its texts stay in `buffer`. Erase the slot once the
 * sign-in is over, however it ended. The errors are
 *   MOAT_E_EMPTY    there is none
 *   MOAT_E_STORE    a damaged record, something else, or another owner's code
 *   MOAT_E_EXPIRED  the time for it is over
 *   MOAT_E_URL, MOAT_E_REPLY  as an answer of the server's it would have been refused, too
 *   MOAT_E_SPACE, or the port's
 * and each of them leaves a zero prompt, with which a begin asks for a new code, and a wiped
 * buffer.
 */
MOAT_NODISCARD int moat_device_load(moat_device_prompt *prompt, moat_span owner,
                                    const moat_platform *platform, void *platform_ctx, char *buffer,
                                    size_t size);

#ifdef __cplusplus
}
#endif
#endif
