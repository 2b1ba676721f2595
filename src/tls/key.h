/* The common part of all keys: the DER of signatures and of public keys, and what loads a key. */
#ifndef MOAT__KEY_H
#define MOAT__KEY_H

#include "moat/key.h"

/* Takes apart a sequence of two positive integers: the signature of RFC 3279 2.2.3, the RSA key of
 * RFC 8017 A.1.1. They are views without leading zeros. Returns false for anything else. */
bool moat__der_pair(const uint8_t *der, size_t n, const uint8_t *part[2], size_t size[2]);

/* Writes the two numbers of such a signature, each `width` bytes wide (RFC 7518 3.4). Returns false
 * if it is none, or a number does not fit. */
bool moat__der_to_fixed(const uint8_t *der, size_t n, uint8_t *out, size_t width);

/* The algorithm of a key: `alg` if a key can be used so, for which `natural` is usual, else 0. An
 * `alg` of 0 takes the usual one. */
int moat__key_alg(int natural, int alg);

/* Parses a key for moat_key_load(), which has checked the text. */
MOAT_NODISCARD int moat__key_parse(moat_key *k, const void *text, size_t n);

#endif
