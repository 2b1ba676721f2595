/* Many refreshes in one thread by libcurl's multi interface: LANES easy handles, each of which
 * takes one after another. token_text.h has its arguments. A handle keeps its sessions, and in the
 * mode `kept` the multi handle keeps the connections. */
#include <curl/curl.h>
#include <stdio.h>

#include "token_text.h"

enum { LANES = 16 };
static char url[100], form[4096];
static int left, waiting;

static size_t take(char *p, size_t size, size_t n, void *received) {
  (void)p;
  *(size_t *)received += size * n;
  return size * n;
}

static void begin(CURLM *multi, CURL *curl, size_t *received) {
  *received = 0;
  waiting--;
  curl_multi_add_handle(multi, curl);
}

static CURL *make(const bench_args *args, size_t *received) {
  CURL *curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_CAINFO, args->roots);
  curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* or the roots are read for each connection */
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, received);
  curl_easy_setopt(curl, CURLOPT_PRIVATE, received);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, args->keeps ? 0L : 1L);
  return curl;
}

/* Returns whether all that have ended were answered. */
static bool finish(CURLM *multi) {
  int more;
  for (CURLMsg *m; (m = curl_multi_info_read(multi, &more));) {
    size_t *received;
    CURL *curl = m->easy_handle;
    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &received);
    if (m->data.result != CURLE_OK || *received != ANSWER_BODY) return false;
    left--;
    curl_multi_remove_handle(multi, curl);
    if (waiting) begin(multi, curl, received);
  }
  return true;
}

int main(int argc, char **argv) {
  static CURL *lanes[LANES];
  static size_t received[LANES];
  bench_args args = read_args(argc, argv);
  snprintf(url, sizeof url, "https://localhost:%s/common/oauth2/v2.0/token", args.port);
  snprintf(form, sizeof form, "%s%s", FORM_BEFORE_TOKEN, refresh_token());
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM *multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)LANES);
  left = waiting = args.count;
  for (int i = 0; i < LANES; i++) {
    lanes[i] = make(&args, &received[i]);
    if (waiting) begin(multi, lanes[i], &received[i]);
  }
  for (int running; left && !curl_multi_perform(multi, &running) && finish(multi);)
    if (left) curl_multi_poll(multi, NULL, 0, 1000, NULL);
  for (int i = 0; i < LANES; i++)
    curl_easy_cleanup(lanes[i]);
  curl_multi_cleanup(multi);
  curl_global_cleanup();
  return left != 0;
}
