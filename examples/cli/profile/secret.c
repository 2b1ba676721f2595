/* However the secret comes, one buffer holds it until the program ends. So one wipe is enough. */
#include "secret.h"

#include "../files.h"
#include "../terminal/ask.h"
#include "../terminal/read_stdin.h"
#include "../terminal/term.h"
#include "change.h"
#include "check_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char buffer[SECRET_SIZE + 8]; /* with a byte order mark, some line ends, and a NUL */

void secret_wipe(void) {
  moat_wipe(buffer, sizeof buffer);
}

/* Editors put a byte order mark before a text and line ends after it. Returns what is left. */
static size_t drop_ends(size_t n) {
  static const char mark[] = {'\xef', '\xbb', '\xbf'};
  while (n > 0 && (buffer[n - 1] == '\n' || buffer[n - 1] == '\r'))
    n--;
  if (n < sizeof mark || memcmp(buffer, mark, sizeof mark) != 0) return n;
  memmove(buffer, buffer + sizeof mark, n - sizeof mark);
  return n - sizeof mark;
}

/* They may be part of the secret, so they stay. */
static void warn_of_ends(const char *from, moat_span secret) {
  static const char odd[] = " \t\"'";
  if (!strchr(odd, secret.p[0]) && !strchr(odd, secret.p[secret.n - 1])) return;
  say(CLI_OK, "warning: the client secret in %s begins or ends with a blank or a quote", from);
  hint("It is sent as it is. If that was not meant to be part of it, take it out.");
}

/* Takes the secret from the buffer: one line. A text with several lines is most likely another
 * file. */
static int take_line(int status, size_t n, const char *from, moat_span *secret) {
  n = drop_ends(n);
  size_t bad = 0;
  for (size_t i = 0; i < n; i++)
    bad += ((unsigned char)buffer[i] < ' ' && buffer[i] != '\t') || buffer[i] == 0x7f;
  if (n == 0 || n > SECRET_SIZE || bad) {
    say(status,
        n ? "the client secret in %s is not one line of text" : "there is no client secret in %s",
        from);
    hint("It has to hold the secret's value in one line, %d bytes at most.", SECRET_SIZE);
    return status;
  }
  buffer[n] = '\0';
  *secret = (moat_span){buffer, n};
  warn_of_ends(from, *secret);
  return CLI_OK;
}

/* A link leads to a file of its own owner, or whoever made it could have another user's file sent
 * to a server. Root may link to anything. */
static bool is_foreign_link(const char *path) {
  struct stat link, file;
  if (lstat(path, &link) || !S_ISLNK(link.st_mode) || stat(path, &file)) return false;
  return link.st_uid != file.st_uid && link.st_uid != 0;
}

int secret_read_file(const char *path, file_demand demand, char *p, size_t size, size_t *n) {
  return is_foreign_link(path) ? FILE_LINK : file_read(path, demand, p, size, n);
}

/* `status` tells whose fault it is: the profile's or the command line's. */
static int take_file(int status, const char *path, file_demand demand, moat_span *secret) {
  size_t n = 0;
  int error = secret_read_file(path, demand, buffer, sizeof buffer, &n);
  if (!error) return take_line(status, n, path, secret);
  say(status, "cannot take the client secret from %s: %s", path, file_error(error));
  if (error == FILE_OPEN)
    hint("It has to be yours alone: chmod 600 %s", path);
  else if (error == FILE_LINK)
    hint("Name the file itself, or let the owner of the file make the link.");
  else if (error == FILE_FOREIGN)
    hint("Run moat as the user that it belongs to, %s, or store the secret anew.",
         file_owner(path));
  else
    hint(status == CLI_MISUSE ? "A file with the secret in one line is needed there."
                              : "A file with the secret in one line is needed there, or another "
                                "secret: `moat secret` takes it.");
  return status;
}

/* systemd puts credentials into a folder that only the environment names. */
const char *secret_path(const char *path) {
  static char found[PATH_SIZE];
  const char *folder = getenv("CREDENTIALS_DIRECTORY");
  if (strncmp(path, SECRET_CREDENTIAL, strlen(SECRET_CREDENTIAL)) != 0 || !folder) return path;
  (void)snprintf(found, sizeof found, "%s/%s", folder, path + strlen(SECRET_CREDENTIAL));
  return found;
}

const char *secret_file(const profile *p, const paths *files) {
  const char *path = p->value[KEY_SECRET_FILE];
  return *path ? secret_path(path) : change_secret(files);
}

/* Moat's own copy has to be private. For another file, its owner decides who may read it. */
int secret_read(const profile *p, const paths *files, moat_span *secret) {
  bool stored = p->value[KEY_SECRET_FILE][0] == '\0';
  return take_file(CLI_PROFILE, secret_file(p, files), stored ? FILE_PRIVATE : FILE_ANY, secret);
}

/* FNV-1a. The number only has to change with its input, so a stronger hash is not needed. */
static uint32_t hash(uint32_t h, const void *p, size_t n) {
  for (const unsigned char *b = p; n > 0; n--)
    h = (h ^ *b++) * 16777619u;
  return h;
}

/* A file that is replaced or changed has another inode, size or time. */
static uint32_t hash_file(uint32_t h, const char *path) {
  struct stat s;
  if (!*path || stat(path, &s) < 0) return h; /* it may be a public client */
  h = hash(h, &s.st_ino, sizeof s.st_ino);
  h = hash(h, &s.st_size, sizeof s.st_size);
  return hash(h, &s.st_mtim, sizeof s.st_mtim);
}

/* The number is stored beside the grant, so nothing about the secret may follow from it. A file
 * that is read anew each time counts by what is known of it without reading: it may be large, or on
 * a mount that is away. */
uint32_t secret_revision(const profile *p, const paths *files) {
  static const int judged[] = {KEY_TOKEN_URL,   KEY_DEVICE_URL,    KEY_CLIENT_ID,
                               KEY_AUTH,        KEY_SCOPE,         KEY_KEY_ID,
                               KEY_SUBJECT,     KEY_KEY_ALGORITHM, KEY_ASSERTION_AUDIENCE,
                               KEY_SECRET_FILE, KEY_GRANT,         KEY_SUBJECT_TYPE,
                               KEY_TOKEN_EXTRA, KEY_REFRESH_EXTRA, KEY_ISSUER,
                               KEY_DISCOVERY};
  static const int judged_files[] = {KEY_CLIENT_CERTIFICATE, KEY_CLIENT_KEY, KEY_CLIENT_ASSERTION,
                                     KEY_ASSERTION_FILE, KEY_SERVICE_ACCOUNT};
  uint32_t h = 2166136261u;
  for (size_t i = 0; i < sizeof judged / sizeof *judged; i++)
    h = hash(h, p->value[judged[i]], strlen(p->value[judged[i]]) + 1);
  h = hash_file(h, secret_file(p, files));
  for (size_t i = 0; i < sizeof judged_files / sizeof *judged_files; i++) {
    const char *path = p->value[judged_files[i]];
    h = hash_file(hash(h, path, strlen(path) + 1), secret_path(path));
  }
  return h;
}

/* systemd gives a credential to the group of root, and by an ACL to the service's user. */
bool secret_is_credential(const char *path) {
  const char *folder = getenv("CREDENTIALS_DIRECTORY");
  size_t n = folder ? strlen(folder) : 0;
  return n && strncmp(path, folder, n) == 0 && path[n] == '/';
}

/* Only a warning, because a mounted secret can often be read by everybody in its container. */
void secret_warn_of_readers(const char *path) {
  if (!file_is_open(path) || secret_is_credential(path)) return;
  say(CLI_OK, "warning: others may read %s", path);
  hint("This keeps it to you: chmod 600 %s", path);
}

int secret_take_file(const char *path, moat_span *secret) {
  secret_warn_of_readers(path);
  return take_file(CLI_MISUSE, path, FILE_ANY, secret);
}

int secret_take_input(moat_span *secret) {
  size_t n = 0;
  int error = read_stdin(buffer, sizeof buffer, &n);
  if (error == EINTR) return say_cancelled();
  if (error) {
    say(CLI_MISUSE, "cannot read the secret from stdin: %s", strerror(error));
    hint("One line is needed, or the path of a file that holds it.");
    return CLI_MISUSE;
  }
  return take_line(CLI_MISUSE, n, "what came on stdin", secret);
}

/* RFC 7518 3.2. Servers with client_secret_jwt issue no shorter ones (Keycloak has 32 characters,
 * Okta 40 and more), and refuse them; and by one assertion, a short secret could be guessed. */
int secret_check_long(int status, const profile *p, moat_span secret) {
  enum { LEAST = 32 };
  if (strcmp(p->value[KEY_AUTH], "client-secret-jwt") != 0 || !secret.n || secret.n >= LEAST)
    return CLI_OK;
  say(status, "the client secret has only %zu bytes, and client-secret-jwt needs %d", secret.n,
      LEAST);
  hint("A shorter one can be guessed from what it signs. Have the provider make a longer one, or "
       "send it: --auth post");
  return status;
}

enum { SHORTEST = 4 }; /* a secret of fewer characters is part of one, or a slip */

/* Entra's portal shows the ID beside the Value, and later only the ID. */
bool secret_suspect(const profile *p, moat_span secret) {
  if (secret.n && secret.n < SHORTEST) {
    say(CLI_OK, "warning: this secret has only %zu character%s", secret.n,
        secret.n == 1 ? "" : "s");
    hint("Did all of it arrive?");
    return true;
  }
  if (!profile_provider(p)->has_guids || !is_guid(secret)) return false;
  say(CLI_OK, "warning: this secret looks like a Secret ID");
  hint("Entra shows an ID and a Value for each client secret: the Value is the one to use.");
  return true;
}

/* An answer that is too long for the buffer is cut, and is then refused: the buffer is larger than
 * any secret may be. */
static int take_text(int status, moat_span text, const char *from, moat_span *secret) {
  size_t n = text.n < sizeof buffer ? text.n : sizeof buffer - 1;
  memcpy(buffer, text.p, n);
  return take_line(status, n, from, secret);
}

int secret_take_text(moat_span text, moat_span *secret) {
  return take_text(CLI_PROFILE, text, "the provider's answer", secret);
}

/* Entra might really have such a secret, so a person can insist on one that looks wrong. */
int secret_ask(const profile *p, const char *question, bool may_skip, moat_span *secret) {
  if (!ask_begin()) {
    say(CLI_MISUSE, "the client secret cannot be typed: the terminal is another job's");
    hint("A file may hold it: give its path.");
    return CLI_MISUSE;
  }
  for (;;) {
    moat_span typed;
    bool insists = false;
    int status = ask_hidden(question, &typed);
    if (status || (may_skip && typed.n == 0)) return status;
    if (take_text(CLI_MISUSE, typed, "what was typed", secret)) continue;
    if (!secret_suspect(p, *secret)) return CLI_OK;
    status = ask_yes("Use it all the same? yes or no", &insists);
    if (status || insists) return status;
    *secret = (moat_span){NULL, 0};
  }
}
