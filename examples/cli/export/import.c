/* A grant that another program has, from its configuration. */
#include "export.h"

#include "../terminal/read_stdin.h"
#include "../terminal/term.h"
#include "formats.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static char text[262144];
static document doc = {.p = text, .size = sizeof text};

void import_wipe(void) {
  moat_wipe(text, sizeof text);
  format_wipe();
}

/* A file of the OneDrive client has the token and nothing else, which is what anybody can make. */
static const export_format *find_format(const char *name) {
  if (strcmp(name, "token") == 0) return format_find("onedrive");
  bool has_client = strcmp(name, "ballerina") == 0 || strcmp(name, "json") == 0;
  return has_client || strcmp(name, "rclone") == 0 ? format_find(name) : NULL;
}

/* The provider would refuse another client's token, and may take that for an attack. */
static int check_client(const account *a, const export_format *f) {
  char id[VALUE_SIZE];
  size_t n = 0;
  if (!f->get_client || f->get_client(&doc, id, sizeof id, &n) <= 0) return CLI_OK;
  if (moat_span_equal((moat_span){id, n}, moat_str(a->profile.value[KEY_CLIENT_ID]))) return CLI_OK;
  say(CLI_PROFILE, "that grant belongs to another client than the profile's");
  hint("A refresh token is good for the client that got it. Correct client_id, or sign in.");
  return CLI_PROFILE;
}

static int no_token(const account *a, const char *format) {
  if (doc.wrong)
    say(CLI_FAILED, "line %d cannot be read as %s: %s", document_line(&doc, doc.wrong_at), format,
        doc.wrong);
  else
    say(CLI_FAILED, "there is no refresh token in it");
  hint("Nothing was changed. Give the file on stdin: moat import %s --format %s < FILE",
       a->options.name, format);
  return CLI_FAILED;
}

int import_read(const account *a, const char *format, char *out, size_t size, size_t *n) {
  const export_format *f = format ? find_format(format) : NULL;
  if (!format)
    return options_misuse(&a->options, "import needs --format ballerina, json, rclone or token");
  if (!f) return options_misuse(&a->options, "there is no format '%s' to import", format);
  if (isatty(STDIN_FILENO)) /* it would show what is typed */
    return options_misuse(&a->options, "import reads a file, and stdin is a terminal");
  int error = read_stdin(doc.p, doc.size, &doc.n);
  if (error == EINTR) return say_cancelled();
  if (error) return say(CLI_FAILED, "cannot read stdin: %s", strerror(error));
  exported e = {.name = a->options.name, .client_id = moat_str(a->profile.value[KEY_CLIENT_ID])};
  doc.wrong = NULL;
  int found = f->get(&doc, &e, out, size, n);
  return found > 0 && *n ? check_client(a, f) : no_token(a, format);
}
