/*
 * What a client keeps for us between two requests (basic/patterns/mrtr):
 *
 *	base64("EXPIRES STATE") "." base64(HMAC of that and the request)
 *
 * So it can be read, but not changed, used for another request, or used
 * after its time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base64.h"
#include "common/mem.h"
#include "mcp/call.h"
#include "mcp/sha256.h"

#define VALID_S 3600

/* Longer ones are none of ours. */
#define SIGNED_MAX_BYTES (64u << 10)

/* The expiry is followed by the state, so about cannot be shifted into it. */
static void
sign(const struct mcp_key *key, const char *payload, const char *about,
    unsigned char mac[SHA256_BYTES])
{
	struct hmac hmac;

	hmac_init(&hmac, key->bytes, sizeof(key->bytes));
	hmac_add(&hmac, payload, strlen(payload) + 1);
	hmac_add(&hmac, about, strlen(about));
	hmac_end(&hmac, mac);
}

char *
state_sign(const struct mcp_key *key, const char *state, const char *about)
{
	unsigned char mac[SHA256_BYTES];
	struct buf out = { 0 };
	char *payload;

	payload = xasprintf("%lld %s", (long long)time(NULL) + VALID_S, state);
	sign(key, payload, about, mac);
	base64_encode(&out, payload, strlen(payload));
	buf_puts(&out, ".");
	base64_encode(&out, mac, sizeof(mac));
	free(payload);
	return buf_steal(&out);
}

/* Takes as long for a wrong one as for the right one. */
static bool
same(const unsigned char *a, const unsigned char *b, size_t len)
{
	unsigned char differ = 0;
	size_t i;

	for (i = 0; i < len; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

/* Decodes both parts; payload has room for the text and a NUL. */
static bool
take_apart(const char *text, char *payload, size_t size,
    unsigned char mac[SHA256_BYTES])
{
	const char *dot = strchr(text, '.');
	size_t n;

	if (dot == NULL ||
	    base64_decode(text, (size_t)(dot - text), payload, size - 1, &n) !=
		0)
		return false;
	payload[n] = '\0';
	return strlen(payload) == n &&
	    base64_decode(dot + 1, strlen(dot + 1), mac, SHA256_BYTES, &n) ==
	    0 &&
	    n == SHA256_BYTES;
}

char *
state_verify(const struct mcp_key *key, const char *text, const char *about)
{
	unsigned char mac[SHA256_BYTES], right[SHA256_BYTES];
	size_t size = strlen(text) + 1;
	char *payload, *rest, *state = NULL;
	long long expires;

	if (size > SIGNED_MAX_BYTES)
		return NULL;
	payload = xcalloc(1, size);
	if (take_apart(text, payload, size, mac)) {
		sign(key, payload, about, right);
		expires = strtoll(payload, &rest, 10);
		if (same(mac, right, sizeof(mac)) && *rest == ' ' &&
		    expires > time(NULL))
			state = xstrdup(rest + 1);
	}
	free(payload);
	return state;
}
