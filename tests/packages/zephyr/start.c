/* The secure sockets of Zephyr: there is one, and it does not encrypt. */
#include <string.h>

#include <zephyr/net/socket.h>
#include <zephyr/net/tls_credentials.h>

static int secure = -1, verify, known_tag, tag;
static char hostname[64];

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
int __real_setsockopt(int fd, int level, int option, const void *p, socklen_t n);
int __wrap_setsockopt(int fd, int level, int option, const void *p, socklen_t n);
int host_may_connect(int fd);

int tls_credential_add(sec_tag_t t, enum tls_credential_type type, const void *p, size_t n) {
  known_tag = t;
  return p && n > 100 && type == TLS_CREDENTIAL_CA_CERTIFICATE ? 0 : -1;
}

int __wrap_socket(int family, int type, int protocol) {
  if (protocol != IPPROTO_TLS_1_2) return __real_socket(family, type, protocol);
  secure = __real_socket(family, type, 0);
  return secure;
}

int __wrap_setsockopt(int fd, int level, int option, const void *p, socklen_t n) {
  if (level != SOL_TLS) return __real_setsockopt(fd, level, option, p, n);
  if (option == TLS_PEER_VERIFY && n == sizeof verify) memcpy(&verify, p, n);
  if (option == TLS_SEC_TAG_LIST && n == sizeof tag) memcpy(&tag, p, n);
  if (option == TLS_HOSTNAME && n < sizeof hostname) memcpy(hostname, p, n);
  return 0;
}

int host_may_connect(int fd) {
  return fd != secure || (verify == TLS_PEER_VERIFY_REQUIRED && tag && tag == known_tag &&
                          strcmp(hostname, "auth.example.com") == 0);
}
