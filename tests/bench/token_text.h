/* Common to the programs of this folder: the request, the size of the answer, and their
 * arguments. */
#ifndef TOKEN_TEXT_H
#define TOKEN_TEXT_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CLIENT_ID "00000000-1111-2222-3333-444444444444"
#define CLIENT_SECRET "abcDEF~0123456789.secret_of-forty-chars.."
#define SCOPE "offline_access files.read files.read.all files.readwrite files.readwrite.all"
#define FORM_BEFORE_TOKEN                                                                          \
  "client_id=" CLIENT_ID "&client_secret=" CLIENT_SECRET "&grant_type=refresh_token"               \
  "&scope=offline_access+files.read+files.read.all+files.readwrite+files.readwrite.all"            \
  "&refresh_token="

enum { ANSWER_HEAD = 1021, ANSWER_BODY = 4711, REFRESH_TOKEN = 1199 };

static inline const char *refresh_token(void) {
  static char text[REFRESH_TOKEN + 1];
  memset(text, 'R', REFRESH_TOKEN);
  return text;
}

/* PROGRAM PORT ROOTS MODE COUNT [STATE]: COUNT refreshes, one after another. MODE says what follows
 * the first: `full` handshakes, `resumed` ones, or `kept`, the same connection. STATE is a file or
 * folder for the TLS session, by which the first one resumes too; it is written in the end. */
typedef struct {
  const char *port, *state;
  char *roots;
  bool resumes, keeps;
  int count;
} bench_args;

static inline bench_args read_args(int argc, char **argv) {
  if (argc < 5 || argc > 6) exit(2);
  return (bench_args){.port = argv[1],
                      .roots = argv[2],
                      .state = argv[5],
                      .resumes = strcmp(argv[3], "full") != 0,
                      .keeps = strcmp(argv[3], "kept") == 0,
                      .count = atoi(argv[4])};
}

#endif
