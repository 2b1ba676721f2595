/* The same refreshes by libcurl, which also resumes and keeps connections. It keeps no session from
 * one process to the next. token_text.h has its arguments. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>

#include "token_text.h"

static size_t received;

static size_t take(char *p, size_t size, size_t n, void *ctx) {
  (void)p;
  (void)ctx;
  received += size * n;
  return size * n;
}

int main(int argc, char **argv) {
  static char url[100], form[4096];
  bench_args args = read_args(argc, argv);
  snprintf(url, sizeof url, "https://localhost:%s/common/oauth2/v2.0/token", args.port);
  snprintf(form, sizeof form, "%s%s", FORM_BEFORE_TOKEN, refresh_token());
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL *curl = curl_easy_init();
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_CAINFO, args.roots);
  curl_easy_setopt(curl, CURLOPT_CAPATH, NULL); /* or the roots are read for each connection */
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, args.keeps ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, args.resumes ? 1L : 0L);
  for (int i = 0; i < args.count; i++) {
    received = 0;
    CURLcode r = curl_easy_perform(curl);
    if (r == CURLE_OK && received == ANSWER_BODY) continue;
    fprintf(stderr, "%s\n", curl_easy_strerror(r));
    return 1;
  }
  curl_easy_cleanup(curl);
  curl_global_cleanup();
  return 0;
}
