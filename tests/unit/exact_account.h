/* An account over what is stored, and a client, in buffers of exact size. */
#ifndef EXACT_ACCOUNT_H
#define EXACT_ACCOUNT_H

#include "cmocka_all.h"

#include "exact.h"
#include "moat/account.h"
#include "checks.h"

/* ---- Access tokens as long as their buffer ---- */

static inline void answer_with_token(exact *f, const char *token) {
  char body[300];
  snprintf(body, sizeof body,
           "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"%s\","
           "\"refresh_token\":\"RT.2\"}",
           token);
  exact_answer(f, "200 OK", body);
}

/* ---- An account over what is stored ---- */

typedef struct {
  moat_store store; /* a look into the slots from outside */
  moat_account_config config;
  moat_account a;
  char buffer[400], memory[MOAT_ACCOUNT_MEMORY(MOAT_WORK_MIN, 2 * MOAT_ACCESS_MIN, 64, 64)];
} account;

static inline account *account_of(exact *f, const char *access_token) {
  account *a = calloc(1, sizeof *a);
  moat_token t = {.access_token = moat_str(access_token),
                  .refresh_token = moat_str("RT.1"),
                  .expires_in = 3600};
  moat_store_init(&a->store, &f->platform, &f->m, a->buffer, sizeof a->buffer);
  a->store.keep_access = true;
  assert_int_equal(moat_store_load(&a->store), MOAT_E_EMPTY);
  moat_store_renew(&a->store, MOAT_HOW_CODE, moat_str("p"), moat_str("client"), moat_str("scope"));
  assert_int_equal(moat_store_keeper.save(&a->store, &t), 0);
  a->config =
      (moat_account_config){.platform = &f->platform,
                            .platform_ctx = &f->m,
                            .stream = &f->stream,
                            .io = &f->s,
                            .token_endpoint = &exact_endpoint,
                            .provider = moat_str("p"),
                            .auth = &f->auth,
                            .access_size = MOAT_ACCESS_MIN - 1, /* one byte is for the NUL */
                            .refresh_size = 64,
                            .text_size = 64,
                            .keep_access = true};
  assert_int_equal(moat_account_open(&a->a, &a->config, a->memory, sizeof a->memory), 0);
  return a;
}

static inline int run_account(account *a, int begun) {
  return begun ? begun : moat_account_run(&a->a);
}

static inline void close_account(account *a) {
  moat_account_cancel(&a->a);
  free(a);
}

#endif
