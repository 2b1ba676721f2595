/* Reads one GET request of a browser on the same machine, as strictly as RFC 9112 allows. Other
 * programs and pages can reach the listener too. So the Host header has to name the listener
 * (against DNS rebinding). */
#include "../text/text.h"

#include <string.h>

enum { HEAD_MAX = 16384, BAD_REQUEST = 400, NOT_FOUND = 404, NOT_ALLOWED = 405, TOO_LARGE = 431 };
enum { HTTP_PORT = 80 };

typedef struct {
  moat_span method, target;
  unsigned minor; /* of the HTTP version */
  moat_span host;
  unsigned hosts;
} head;

/* Looks for the empty line. Returns 0 with *end set to the end of the head, MOAT_WANT_READ, or a
 * status. A forbidden byte counts as soon as it has arrived, so later bytes cannot change the
 * result. */
static int find_end(const char *p, size_t n, size_t *end) {
  for (size_t i = 0; i < n && i < HEAD_MAX; i++) {
    unsigned char c = (unsigned char)p[i];
    bool after_cr = i > 0 && p[i - 1] == '\r';
    if (after_cr != (c == '\n')) return BAD_REQUEST;
    if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7F) return BAD_REQUEST;
    *end = i + 1;
    if (c == '\n' && i >= 3 && p[i - 2] == '\n') return MOAT_OK;
  }
  return n < HEAD_MAX ? MOAT_WANT_READ : TOO_LARGE;
}

/* The head ends in an empty line, so another line can always be taken. */
static moat_span take_line(moat_span *rest) {
  moat_span line = moat__take(rest, '\n');
  line.n--; /* drops the CR; find_end() has checked that it is there */
  return line;
}

/* RFC 9110 5.6.2 */
static bool is_token(moat_span s) {
  for (size_t i = 0; i < s.n; i++)
    if (!moat__is_alphanumeric(s.p[i]) && !memchr("!#$%&'*+-.^_`|~", s.p[i], 15)) return false;
  return s.n > 0;
}

static bool read_request_line(moat_span line, head *h) {
  h->method = moat__take(&line, ' ');
  h->target = moat__take(&line, ' ');
  h->minor = moat_span_equal(line, MOAT__LIT("HTTP/1.1"));
  if (!h->minor && !moat_span_equal(line, MOAT__LIT("HTTP/1.0"))) return false;
  for (size_t i = 0; i < h->target.n; i++)
    if (h->target.p[i] <= ' ' || h->target.p[i] > '~' || h->target.p[i] == '#') return false;
  return is_token(h->method) && h->target.n > 0;
}

static moat_span trim(moat_span s) {
  while (s.n > 0 && memchr(" \t", s.p[0], 2))
    s = (moat_span){s.p + 1, s.n - 1};
  while (s.n > 0 && memchr(" \t", s.p[s.n - 1], 2))
    s.n--;
  return s;
}

/* Refuses a folded line, a line without a colon, and a space before the colon: their name is no
 * token. */
static bool read_field(moat_span line, head *h) {
  moat_span name = moat__take(&line, ':');
  if (!line.p || !is_token(name)) return false;
  if (moat__equal_nocase(name, MOAT__LIT("host"))) {
    h->host = trim(line);
    h->hosts++;
  }
  return true;
}

static bool read_head(moat_span rest, head *h) {
  if (!read_request_line(take_line(&rest), h)) return false;
  for (;;) {
    moat_span line = take_line(&rest);
    if (line.n == 0) return true;
    if (!read_field(line, h)) return false;
  }
}

/* The names for this machine, as browsers spell them. */
static bool is_loopback(moat_span name) {
  return moat__equal_nocase(name, MOAT__LIT("localhost")) ||
         moat_span_equal(name, MOAT__LIT("127.0.0.1")) || moat_span_equal(name, MOAT__LIT("[::1]"));
}

/* A target in absolute-form names the host itself (RFC 9112 3.2.2). */
static bool take_authority(moat_span *target, moat_span *authority) {
  moat_span scheme = {target->p, sizeof "http://" - 1};
  if (target->n < scheme.n || !moat__is_nocase(scheme, "http://")) return false;
  size_t n = scheme.n;
  while (n < target->n && target->p[n] != '/' && target->p[n] != '?')
    n++;
  *authority = (moat_span){target->p + scheme.n, n - scheme.n};
  *target = (moat_span){target->p + n, target->n - n};
  return true;
}

/* Browsers omit port 80. */
static bool is_our_host(moat_span host, uint16_t port) {
  size_t n = host.n;
  while (n > 0 && host.p[n - 1] != ':' && host.p[n - 1] != ']')
    n--;
  bool has_port = n > 0 && host.p[n - 1] == ':';
  if (!has_port) return is_loopback(host) && (port == 0 || port == HTTP_PORT);
  int32_t number = moat__number((moat_span){host.p + n, host.n - n}, UINT16_MAX);
  return is_loopback((moat_span){host.p, n - 1}) && number > 0 && (port == 0 || number == port);
}

int moat_redirect_request(char *request, size_t n, moat_span path, uint16_t port,
                          const moat_expect *expect, moat_redirect *out) {
  head h = {.hosts = 0};
  size_t end = 0;
  *out = (moat_redirect){.code = {NULL, 0}};
  int result = find_end(request, n, &end);
  if (result != MOAT_OK) return result;
  if (!read_head((moat_span){request, end}, &h)) return BAD_REQUEST;
  if (!moat_span_equal(h.method, MOAT__LIT("GET"))) return NOT_ALLOWED;

  /* The path is compared as sent: another spelling is not the registered one. */
  moat_span query = h.target;
  bool absolute = take_authority(&query, &h.host);
  moat_span target_path = moat__take(&query, '?');
  if (absolute && target_path.n == 0) target_path = MOAT__LIT("/");
  if (!moat_span_equal(target_path, path)) return NOT_FOUND;
  /* HTTP/1.1 requires one Host header. HTTP/1.0 does not, but a Host that is there must be right,
   * unless the target overrules it. */
  if (h.hosts > 1 || h.hosts < h.minor) return BAD_REQUEST;
  if ((absolute || h.hosts == 1) && !is_our_host(h.host, port)) return BAD_REQUEST;
  char *target = request + (h.target.p - request);
  return moat_redirect_url(target, h.target.n, expect, out) == MOAT_OK ? MOAT_OK : BAD_REQUEST;
}
