#include "settings.h"

#include "console.h"
#include "nor.h"
#include "semihost.h"

#include <string.h>

enum { LINE = 1024, URL = 160, CREDENTIALS = 2048 };

settings_t settings;

/* This memory is emulated like the flash and not counted: on a device all of it is constant. */
__attribute__((section(".emulated"))) static char line[LINE], urls[3][URL],
    credentials[CREDENTIALS];
static size_t credentials_size;

static const char *const names[] = {
    "token", "device",  "api",   "client",  "scope", "dns", "audience", "key",   "certificate",
    "flash", "entropy", "clock", "dnsport", "pool",  "cut", "erase",    "retry", "rounds"};
enum {
  TOKEN,
  DEVICE,
  API,
  CLIENT,
  SCOPE,
  DNS,
  AUDIENCE,
  KEY,
  CERTIFICATE,
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

/* Reads a file of the factory's. It is absent if there is none, or if there is no room for it. */
static moat_span file(unsigned name) {
  moat_span content = {0};
  int file = *values[name] ? semihost_open(values[name], SEMIHOST_READ) : -1;
  if (file < 0) return content;
  int n = semihost_size(file);
  char *to = credentials + credentials_size;
  if (n > 0 && n <= (int)(CREDENTIALS - credentials_size) && !semihost_read(file, to, (size_t)n)) {
    content = (moat_span){to, (size_t)n};
    credentials_size += (size_t)n;
  }
  semihost_close(file);
  return content;
}

/* Nobody signs in a machine, which has a key. */
static bool endpoints(void) {
  return endpoint(TOKEN, &settings.token) && endpoint(API, &settings.api) &&
         (settings.key.n || endpoint(DEVICE, &settings.device));
}

bool settings_read(void) {
  if (semihost_command_line(line, sizeof line)) line[0] = '\0';
  for (unsigned i = 0; i < NAMES; i++)
    values[i] = "";
  split();
  settings = (settings_t){.token_url = values[TOKEN],
                          .client_id = moat_str(values[CLIENT]),
                          .scope = with_spaces(values[SCOPE]),
                          .audience = values[AUDIENCE],
                          .key = file(KEY),
                          .certificate = file(CERTIFICATE),
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
  return endpoints();
}
