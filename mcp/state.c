/*
 * requestState: what a client keeps for us between two requests
 * (basic/patterns/mrtr).
 *
 *	base64("EXPIRES STATE") "." DIGEST
 *
 * The digest is a version 5 UUID of the payload and the request, made with
 * our key: the client can read its state, but not change it, use it for
 * another request, or use it after its time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uuid/uuid.h>

#include "common/base64.h"
#include "common/mem.h"
#include "mcp/mcp.h"
#include "mcp/state.h"

#define VALID_S 3600

/* Longer ones are none of ours. */
#define SIGNED_MAX_BYTES (64u << 10)

/*
 * Half of the key stands before the text and half after it, so that nobody can
 * append to the text.  The NUL after the payload keeps about apart from it.
 */
static void
digest(const struct mcp_key *key, const char *payload, const char *about,
    char out[UUID_STR_LEN])
{
	const size_t half = sizeof(uuid_t);
	struct buf text = { 0 };
	uuid_t uuid;

	buf_add(&text, payload, strlen(payload) + 1);
	buf_puts(&text, about);
	buf_add(&text, (const char *)key->bytes + half,
	    sizeof(key->bytes) - half);
	uuid_generate_sha1(uuid, key->bytes, text.data, text.len);
	uuid_unparse_lower(uuid, out);
	buf_clear(&text);
}

char *
state_sign(const struct mcp_key *key, const char *state, const char *about)
{
	char signature[UUID_STR_LEN];
	struct buf out = { 0 };
	char *payload;

	payload = xasprintf("%lld %s", (long long)time(NULL) + VALID_S, state);
	digest(key, payload, about, signature);
	base64_encode(&out, payload, strlen(payload));
	buf_puts(&out, ".");
	buf_puts(&out, signature);
	free(payload);
	return buf_steal(&out);
}

/* Compares in the same time, wherever the difference is. */
static bool
same(const char *a, const char *b, size_t len)
{
	unsigned char differ = 0;
	size_t i;

	for (i = 0; i < len; i++)
		differ |= (unsigned char)(a[i] ^ b[i]);
	return differ == 0;
}

/*
 * Returns the payload of a text that is signed by us for that request; the
 * caller frees.
 */
static char *
payload_of(const struct mcp_key *key, const char *text, const char *about)
{
	const char *dot = strchr(text, '.');
	char *payload, right[UUID_STR_LEN];
	size_t size, n;
	bool ours;

	if (dot == NULL || strlen(dot + 1) != UUID_STR_LEN - 1)
		return NULL;
	size = (size_t)(dot - text);
	payload = xcalloc(1, size + 1);
	ours = base64_decode(text, size, payload, size, &n) == 0 &&
	    strlen(payload) == n;
	if (ours) {
		digest(key, payload, about, right);
		ours = same(dot + 1, right, UUID_STR_LEN - 1);
	}
	if (ours)
		return payload;
	free(payload);
	return NULL;
}

char *
state_verify(const struct mcp_key *key, const char *text, const char *about)
{
	char *payload, *rest, *state = NULL;
	long long expires;

	if (strlen(text) >= SIGNED_MAX_BYTES)
		return NULL;
	payload = payload_of(key, text, about);
	if (payload == NULL)
		return NULL;
	expires = strtoll(payload, &rest, 10);
	if (*rest == ' ' && expires > time(NULL))
		state = xstrdup(rest + 1);
	free(payload);
	return state;
}
