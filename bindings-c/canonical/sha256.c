/* SHA-256 as FIPS 180-4 gives it; the section is named where it is not obvious. */
#include "sha256.h"

#include <string.h>

/* Section 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turned(uint32_t word, int by) {
    return word >> by | word << (32 - by);
}

static uint32_t word_at(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Section 6.2.2, steps 1 to 4, for one block. */
static void take_block(uint32_t state[8], const uint8_t *block) {
    uint32_t w[64];
    for (int t = 0; t < 16; t++) w[t] = word_at(block + 4 * t);
    for (int t = 16; t < 64; t++) {
        uint32_t low = turned(w[t - 15], 7) ^ turned(w[t - 15], 18) ^ w[t - 15] >> 3;
        uint32_t high = turned(w[t - 2], 17) ^ turned(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = w[t - 16] + low + w[t - 7] + high;
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < 64; t++) {
        uint32_t sum_e = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
        uint32_t sum_a = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
        uint32_t first = h + sum_e + ((e & f) ^ (~e & g)) + K[t] + w[t];
        uint32_t second = sum_a + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + second;
    }
    const uint32_t end[8] = {a, b, c, d, e, f, g, h};
    for (int at = 0; at < 8; at++) state[at] += end[at];
}

void sha256_begin(Sha256 *hash) {
    /* Section 5.3.3: the same of the square roots of the first eight primes. */
    static const uint32_t START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(hash->state, START, sizeof START);
    hash->size = 0;
}

void sha256_add(Sha256 *hash, const void *data, size_t size) {
    const uint8_t *bytes = data;
    size_t held = hash->size % 64;
    hash->size += size;
    while (size > 0) {
        size_t taken = 64 - held < size ? 64 - held : size;
        memcpy(hash->block + held, bytes, taken);
        held += taken;
        bytes += taken;
        size -= taken;
        if (held == 64) {
            take_block(hash->state, hash->block);
            held = 0;
        }
    }
}

void sha256_end(Sha256 *hash, uint8_t digest[32]) {
    uint64_t bits = hash->size * 8;
    uint8_t end[8];
    for (int at = 0; at < 8; at++) end[at] = (uint8_t)(bits >> (56 - 8 * at));
    sha256_add(hash, "\x80", 1);
    static const uint8_t ZEROS[64];
    sha256_add(hash, ZEROS, (120 - hash->size % 64) % 64);
    sha256_add(hash, end, sizeof end);
    for (int at = 0; at < 32; at++) digest[at] = (uint8_t)(hash->state[at / 4] >> (24 - 8 * (at % 4)));
}
