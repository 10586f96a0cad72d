/*
 * SHA-256 and HMAC.  See sha256.h.
 */
#include <string.h>

#include "mcp/sha256.h"

static const uint32_t k[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
	0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01,
	0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
	0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138,
	0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624,
	0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f,
	0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2 };

static uint32_t
ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static void
schedule(uint32_t w[64], const unsigned char *block)
{
	uint32_t a, b;
	size_t i;

	for (i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 |
		    (uint32_t)block[4 * i + 1] << 16 |
		    (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (; i < 64; i++) {
		a = w[i - 15];
		b = w[i - 2];
		w[i] = w[i - 16] + (ror(a, 7) ^ ror(a, 18) ^ a >> 3) +
		    w[i - 7] + (ror(b, 17) ^ ror(b, 19) ^ b >> 10);
	}
}

static void
compress(uint32_t state[8], const unsigned char *block)
{
	uint32_t w[64], s[8], t1, t2;
	size_t i;

	schedule(w, block);
	memcpy(s, state, sizeof(s));
	for (i = 0; i < 64; i++) {
		t1 = s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) +
		    ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[i] + w[i];
		t2 = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) +
		    ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (i = 0; i < 8; i++)
		state[i] += s[i];
}

void
sha256_init(struct sha256 *sha)
{
	static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372,
		0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(sha->state, start, sizeof(start));
	sha->len = 0;
}

void
sha256_add(struct sha256 *sha, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t have, n;

	while (len > 0) {
		have = sha->len % sizeof(sha->block);
		n = sizeof(sha->block) - have < len ?
		    sizeof(sha->block) - have :
		    len;
		memcpy(sha->block + have, p, n);
		sha->len += n;
		p += n;
		len -= n;
		if (have + n == sizeof(sha->block))
			compress(sha->state, sha->block);
	}
}

void
sha256_end(struct sha256 *sha, unsigned char out[SHA256_BYTES])
{
	static const unsigned char padding[64] = { 0x80 };
	uint64_t bits = sha->len * 8;
	unsigned char length[8];
	size_t i;

	for (i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	sha256_add(sha, padding, 64 - (sha->len + 8) % 64);
	sha256_add(sha, length, sizeof(length));
	for (i = 0; i < SHA256_BYTES; i++)
		out[i] = (unsigned char)(sha->state[i / 4] >>
		    (24 - 8 * (i % 4)));
}

void
hmac_init(struct hmac *hmac, const void *key, size_t len)
{
	unsigned char inner_key[64] = { 0 };
	size_t i;

	sha256_init(&hmac->inner);
	if (len > sizeof(inner_key)) {
		sha256_add(&hmac->inner, key, len);
		sha256_end(&hmac->inner, inner_key);
		sha256_init(&hmac->inner);
	} else if (len > 0)
		memcpy(inner_key, key, len);
	for (i = 0; i < sizeof(inner_key); i++) {
		hmac->outer_key[i] = inner_key[i] ^ 0x5c;
		inner_key[i] ^= 0x36;
	}
	sha256_add(&hmac->inner, inner_key, sizeof(inner_key));
}

void
hmac_add(struct hmac *hmac, const void *data, size_t len)
{
	sha256_add(&hmac->inner, data, len);
}

void
hmac_end(struct hmac *hmac, unsigned char out[SHA256_BYTES])
{
	struct sha256 outer;

	sha256_end(&hmac->inner, out);
	sha256_init(&outer);
	sha256_add(&outer, hmac->outer_key, sizeof(hmac->outer_key));
	sha256_add(&outer, out, SHA256_BYTES);
	sha256_end(&outer, out);
}
