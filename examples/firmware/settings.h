/* The settings that a device gets in the factory: its provider and its client. Here QEMU's command
 * line stands for that, `-semihosting-config arg=NAME=VALUE`. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <moat/moat.h>

typedef struct {
  const char *token_url;            /* token=   the token endpoint */
  moat_span client_id;              /* client=  a public client */
  moat_span scope;                  /* scope=   with '+' between words */
  moat_endpoint token, device, api; /* device= the device endpoint, api= what the token is for */
  const char *audience;             /* audience= the issuer that assertions are for */
  moat_span key, certificate;       /* key=, certificate= files in DER, of a machine */
  const char *dns;                  /* dns=     a name server's address; empty: DHCP's */
  uint16_t dns_port;                /* dnsport= */
  const char *flash;                /* flash=   the file that keeps the flash's contents */
  const char *entropy;              /* entropy= the file that is the source of randomness */
  const char *clock; /* clock=   the clock is set once this file is there; empty: it is set */
  uint32_t pool;     /* pool=    bytes of the pool that may be used; 0: all */
  uint32_t cut;      /* cut=     see nor_open() */
  uint32_t erase_ms; /* erase=   of one block */
  uint32_t retry_ms; /* retry=   before the first try after a failure */
  uint32_t rounds;   /* rounds=  refreshes before it ends; 0: none */
} settings_t;

extern settings_t settings;

/* Returns false, after a message, if something is missing or wrong. */
bool settings_read(void);

#endif
