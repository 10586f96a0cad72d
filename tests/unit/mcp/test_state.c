/* States that a client keeps: only ours count, for one request, for an hour. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <uuid/uuid.h>

#include "common/base64.h"
#include "common/mem.h"
#include "mcp/mcp.h"
#include "mcp/state.h"
#include "tests/unit/unit.h"

#define ABOUT "tools/call kill {\"id\":42}"

static const struct mcp_key key = { { 1, 2, 3 } };
static const struct mcp_key other_keys[] = {
	{ { 1, 2, 4 } }, { { 1, 2, 3, [31] = 1 } }, /* all of it counts */
};

static void
accepted(const char *state)
{
	char *text = state_sign(&key, state, ABOUT), *back;

	back = state_verify(&key, text, ABOUT);
	ck_assert_ptr_nonnull(back);
	ck_assert_str_eq(back, state);
	free(back);
	free(text);
}

static void
refused(const struct mcp_key *by, const char *text, const char *about)
{
	ck_assert_ptr_null(state_verify(by, text, about));
}

START_TEST(come_back)
{
	accepted("");
	accepted("1");
	accepted("step 2 of \xc3\xa9t\xc3\xa9, with . and = in it");
}
END_TEST

START_TEST(of_another_request_or_key)
{
	char *text = state_sign(&key, "1", ABOUT);

	refused(&other_keys[0], text, ABOUT);
	refused(&other_keys[1], text, ABOUT);
	refused(&key, text, "tools/call kill {\"id\":43}");
	refused(&key, text, "");
	free(text);
}
END_TEST

START_TEST(every_changed_byte_is_found)
{
	char *text = state_sign(&key, "state", ABOUT), was;
	size_t i, len = strlen(text);

	for (i = 0; i < len; i++) {
		was = text[i];
		text[i] = was == 'A' ? 'B' : 'A';
		refused(&key, text, ABOUT);
		text[i] = '.';
		if (was != '.')
			refused(&key, text, ABOUT);
		text[i] = '\0';
		refused(&key, text, ABOUT);
		text[i] = was;
	}
	free(text);
}
END_TEST

START_TEST(no_states)
{
	static const char *const texts[] = { "", ".", "..", "MSAx", "MSAx.",
		".MSAx", "MSAx.MSAx", "not base64.not base64", "\xff.\xff",
		/* as an earlier version signed: base64 of an HMAC */
		"NDEwMjQ0NDgwMCAx."
		"q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=",
		"NDEwMjQ0NDgwMCAx.00000000-0000-5000-8000-000000000000", NULL };
	char *large = xcalloc(1, 200001);
	size_t i;

	for (i = 0; texts[i] != NULL; i++)
		refused(&key, texts[i], ABOUT);
	memset(large, 'A', 200000);
	refused(&key, large, ABOUT);
	free(large);
}
END_TEST

/*
 * Returns a requestState as state.c makes them, which expires at a time of
 * ours; rest_of_key bytes of the second half of the key are used.
 */
static char *
expiring(long long when, size_t rest_of_key)
{
	char *payload = xasprintf("%lld 1", when), signature[UUID_STR_LEN];
	struct buf out = { 0 }, text = { 0 };
	uuid_t uuid;

	buf_add(&text, payload, strlen(payload) + 1);
	buf_puts(&text, ABOUT);
	buf_add(&text, (const char *)key.bytes + 16, rest_of_key);
	uuid_generate_sha1(uuid, key.bytes, text.data, text.len);
	uuid_unparse_lower(uuid, signature);
	base64_encode(&out, payload, strlen(payload));
	buf_puts(&out, ".");
	buf_puts(&out, signature);
	buf_clear(&text);
	free(payload);
	return buf_steal(&out);
}

START_TEST(they_expire)
{
	char *text = expiring((long long)time(NULL) + 60, 16), *back;

	back = state_verify(&key, text, ABOUT);
	ck_assert_str_eq(back, "1");
	free(back);
	free(text);
	text = expiring((long long)time(NULL) - 1, 16);
	refused(&key, text, ABOUT);
	free(text);
	text = expiring((long long)time(NULL) + 60, 0);
	refused(&key, text, ABOUT);
	free(text);
}
END_TEST

UNIT_SUITE
{
	unit_suite("state", NULL, NULL, come_back, of_another_request_or_key,
	    every_changed_byte_is_found, no_states, they_expire, NULL);
}
