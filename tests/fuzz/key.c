/* Private keys, in PEM and DER: loaded, and used. */
#include "fuzz.h"

#include "moat/key.h"
#include "tls/key.h"

static int random_bytes(void *ctx, void *p, size_t n) {
  (void)ctx;
  memset(p, 4, n);
  return 0;
}

static const moat_platform platform = {.random = random_bytes};

/* A signature has its full size, whatever the key, and a thumbprint its 43 characters. A key with
 * numbers that do not belong together may fail at both. */
static void use(moat_key *k, int alg) {
  static const uint8_t hash[48] = {1};
  moat_signer s;
  int r = moat_key_signer(k, alg, &s);
  CHECK(r == 0 || (r == MOAT_E_KEY && alg));
  if (r || s.size > 512) return; /* a longer key only takes longer */
  CHECK(!alg || s.alg == alg);
  CHECK(s.size == (s.alg == MOAT_ES256 ? 64 : s.alg == MOAT_ES384 ? 96 : s.size));
  uint8_t *out = fuzz_memory(s.size, 0);
  char *memory = fuzz_memory(2048, 0), print[44];
  r = s.ops->sign(s.ctx, s.alg, hash, s.alg == MOAT_ES384 ? 48 : 32, out, s.size);
  CHECK(r == s.size || r < 0);
  r = moat_jwk_thumbprint(&s, memory, 2048, print);
  CHECK(r ? r < 0 : strlen(print) == 43);
  free(out);
  free(memory);
}

static void load(fuzz_input in) {
  moat_key k;
  char *text = fuzz_copy(in.p, in.n);
  int r = moat_key_load(&k, text, in.n, &platform, NULL);
  free(text); /* nothing of it is needed any more */
  CHECK(r == 0 || r == MOAT_E_KEY || r == MOAT_E_ENCRYPTED || r == MOAT_E_MISUSE ||
        r == MOAT_E_MEMORY);
  if (r) return;
  for (int alg = 0; alg <= MOAT_HS256; alg++)
    use(&k, alg);
  moat_key_free(&k);
}

/* Both numbers are inside, without leading zeros, and come out the same at any width that has room
 * for them. */
static void take_apart(fuzz_input in) {
  uint8_t *der = fuzz_copy(in.p, in.n), fixed[2 * 66];
  const uint8_t *part[2];
  size_t size[2];
  bool good = moat__der_pair(der, in.n, part, size);
  for (size_t width = 1; width <= 66; width++) {
    bool fits = good && size[0] <= width && size[1] <= width;
    CHECK(moat__der_to_fixed(der, in.n, fixed, width) == fits);
    for (size_t i = 0; i < 2 && fits; i++) {
      const uint8_t *end = fixed + (i + 1) * width;
      CHECK(memcmp(end - size[i], part[i], size[i]) == 0);
      CHECK(fuzz_is_zero(end - width, width - size[i]));
    }
  }
  for (int i = 0; i < 2 && good; i++) {
    CHECK(fuzz_is_inside((moat_span){(const char *)part[i], size[i]}, der, in.n));
    CHECK(!size[i] || *part[i]);
  }
  free(der);
}

/* DER as it is; PEM with its NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_input in = {data, size};
  take_apart(in);
  load(in);
  return 0;
}
