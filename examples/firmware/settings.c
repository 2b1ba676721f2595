#include "settings.h"

#include "console.h"
#include "nor.h"
#include "semihost.h"

#include <string.h>

enum { LINE = 1024, URL = 160 };

settings_t settings;

/* This memory is emulated like the flash and not counted: on a device all of it is constant. */
__attribute__((section(".emulated"))) static char line[LINE], urls[3][URL];

static const char *const names[] = {"token", "device", "api",     "client", "scope",
                                    "dns",   "flash",  "entropy", "clock",  "dnsport",
                                    "pool",  "cut",    "erase",   "retry",  "rounds"};
enum {
  TOKEN,
  DEVICE,
  API,
  CLIENT,
  SCOPE,
  DNS,
  FLASH,
  ENTROPY,
  CLOCK,
  DNS_PORT,
  POOL,
  CUT,
  ERASE,
  RETRY,
  ROUNDS,
  NAMES
};

static const char *values[NAMES];

/* Splits the command line into words, each NAME=VALUE. */
static void split(void) {
  char *word = line;
  while (word && *word) {
    char *next = strchr(word, ' '), *value = strchr(word, '=');
    if (next) *next++ = '\0';
    for (unsigned i = 0; value && i < NAMES; i++)
      if (strlen(names[i]) == (size_t)(value - word) &&
          memcmp(word, names[i], strlen(names[i])) == 0)
        values[i] = value + 1;
    word = next;
  }
}

/* A scope has spaces, but a space ends a word here, so '+' stands for it. */
static moat_span with_spaces(const char *value) {
  for (char *p = line; p < line + LINE; p++)
    if (p >= value && *p == '+')
      *p = ' ';
    else if (p >= value && !*p)
      break;
  return moat_str(value);
}

static uint32_t number(unsigned name, uint32_t otherwise) {
  const char *p = values[name];
  uint32_t n = 0;
  if (!*p) return otherwise;
  for (; *p >= '0' && *p <= '9'; p++)
    n = n * 10 + (uint32_t)(*p - '0');
  return n;
}

static bool endpoint(unsigned name, moat_endpoint *e) {
  const char *url = values[name];
  if (moat_url_split(url, strlen(url), urls[name], sizeof urls[name], e) == 0) return true;
  say("settings: not a usable https URL: ");
  say(names[name]);
  say("\n");
  return false;
}

bool settings_read(void) {
  if (semihost_command_line(line, sizeof line)) line[0] = '\0';
  for (unsigned i = 0; i < NAMES; i++)
    values[i] = "";
  split();
  settings = (settings_t){.token_url = values[TOKEN],
                          .client_id = moat_str(values[CLIENT]),
                          .scope = with_spaces(values[SCOPE]),
                          .dns = values[DNS],
                          .dns_port = (uint16_t)number(DNS_PORT, 53),
                          .flash = values[FLASH],
                          .entropy = *values[ENTROPY] ? values[ENTROPY] : "/dev/urandom",
                          .clock = values[CLOCK],
                          .pool = number(POOL, 0),
                          .cut = number(CUT, 0),
                          .erase_ms = number(ERASE, NOR_ERASE_MS),
                          .retry_ms = number(RETRY, 2000),
                          .rounds = number(ROUNDS, 0)};
  return endpoint(TOKEN, &settings.token) && endpoint(DEVICE, &settings.device) &&
         endpoint(API, &settings.api);
}
