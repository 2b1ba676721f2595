/* Zephyr's resolver over that of this machine. It answers from a thread of its own, and as in
 * Zephyr the name has to stay until then. */
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/net/dns_resolve.h>

typedef struct {
  dns_resolve_cb_t answer;
  void *user_data;
  const char *host;
} query;

static void *resolve(void *arg) {
  query *q = arg;
  const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
  struct addrinfo *list = NULL;
  if (getaddrinfo(q->host, NULL, &hints, &list)) {
    q->answer(DNS_EAI_NONAME, NULL, q->user_data);
  } else {
    struct dns_addrinfo info = {.ai_addrlen = list->ai_addrlen};
    memcpy(&info.ai_addr, list->ai_addr, list->ai_addrlen);
    freeaddrinfo(list);
    q->answer(DNS_EAI_INPROGRESS, &info, q->user_data);
    q->answer(DNS_EAI_ALLDONE, NULL, q->user_data);
  }
  free(q);
  return NULL;
}

int dns_get_addr_info(const char *host, enum dns_query_type type, uint16_t *dns_id,
                      dns_resolve_cb_t cb, void *user_data, int32_t timeout) {
  pthread_t thread;
  query *q = malloc(sizeof *q);
  (void)dns_id;
  if (!q || type != DNS_QUERY_TYPE_A || timeout <= 0) abort();
  *q = (query){.answer = cb, .user_data = user_data, .host = host};
  if (pthread_create(&thread, NULL, resolve, q)) abort();
  return pthread_detach(thread);
}
