/* The resolver, the flash and the secure sockets of Zephyr. */
#include <pthread.h>
#include <string.h>

#include <zephyr/drivers/flash.h>
#include <zephyr/net/dns_resolve.h>
#include <zephyr/net/tls_credentials.h>
#include <zephyr/storage/flash_map.h>

static const struct flash_area storage = {.fa_size = 16384};

int flash_area_open(uint8_t id, const struct flash_area **area) {
  *area = &storage;
  return id == FIXED_PARTITION_ID(storage_partition) ? 0 : -1;
}

void flash_area_close(const struct flash_area *area) {
  (void)area;
}

const struct device *flash_area_get_device(const struct flash_area *area) {
  return (const struct device *)area; /* anything but NULL */
}

static dns_resolve_cb_t answer;

static void *resolve(void *user_data) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct dns_addrinfo info = {.ai_addrlen = sizeof local};
  memcpy(&info.ai_addr, &local, sizeof local);
  answer(DNS_EAI_INPROGRESS, &info, user_data);
  answer(DNS_EAI_ALLDONE, NULL, user_data);
  return NULL;
}

int dns_get_addr_info(const char *query, enum dns_query_type type, uint16_t *dns_id,
                      dns_resolve_cb_t cb, void *user_data, int32_t timeout) {
  pthread_t thread;
  (void)query;
  (void)dns_id;
  answer = cb;
  if (type != DNS_QUERY_TYPE_A || timeout <= 0 || pthread_create(&thread, NULL, resolve, user_data))
    return -1;
  return pthread_detach(thread);
}

/* ---- One secure socket, which does not encrypt ---- */

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
