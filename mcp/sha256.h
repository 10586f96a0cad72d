/*
 * SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), for the signature of
 * what a client keeps for us.
 */
#ifndef MCP_SHA256_H
#define MCP_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

struct sha256 {
	uint32_t state[8];
	uint64_t len; /* bytes so far */
	unsigned char block[64];
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *data, size_t len);
void sha256_end(struct sha256 *sha, unsigned char out[SHA256_BYTES]);

struct hmac {
	struct sha256 inner;
	unsigned char outer_key[64];
};

void hmac_init(struct hmac *hmac, const void *key, size_t len);
void hmac_add(struct hmac *hmac, const void *data, size_t len);
void hmac_end(struct hmac *hmac, unsigned char out[SHA256_BYTES]);

#endif
