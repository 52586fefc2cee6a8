/*
 * SHA-256 (FIPS 180-4), for the canonical form: small and plain, not fast. Knows nothing of Fishplate.
 */
#ifndef FISHPLATE_SHA256_H
#define FISHPLATE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct Sha256 {
    uint32_t state[8];
    uint64_t size;      /* bytes so far */
    uint8_t block[64];  /* bytes that do not fill a block yet */
} Sha256;

void sha256_begin(Sha256 *hash);
void sha256_add(Sha256 *hash, const void *data, size_t size);
void sha256_end(Sha256 *hash, uint8_t digest[32]);

#endif
