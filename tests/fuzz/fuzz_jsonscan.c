/*
 * Fuzzing common/jsonscan: whatever the bytes, nothing is read beyond them;
 * what passes can be walked, and each of its pieces passes too.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/jsonscan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
require_inside(struct jsonspan piece, struct jsonspan whole)
{
	require(piece.at >= whole.at && piece.len > 0 &&
	    piece.at + piece.len <= whole.at + whole.len);
}

static void
read_scalar(struct jsonspan value, char type)
{
	char *text = malloc(value.len + 1);
	int64_t n;

	require(jsonscan_int(value, &n) ? type == '0' : true);
	if (jsonscan_string(value, text, value.len + 1)) {
		require(type == '"');
		require(strlen(text) < value.len);
		require(jsonscan_is(value, text));
	}
	free(text);
}

/* At most JSON_MAX_DEPTH deep. */
static void
walk(struct jsonspan value)
{
	static const char *const names[] = { "id", "a" };
	struct jsonspan found[2], key, member;
	char type = jsonscan_type(value);
	struct error err;
	size_t pos = 0;

	require(strchr("{[\"tfn0", type) != NULL);
	require(jsonscan_check(value.at, value.len, &err) == 0);
	jsonscan_members(value, names, found, 2);
	if (type != '{' && type != '[') {
		read_scalar(value, type);
		return;
	}
	while (jsonscan_next(value, &pos, type == '{' ? &key : NULL, &member)) {
		require_inside(member, value);
		if (type == '{') {
			require_inside(key, value);
			require(jsonscan_type(key) == '"');
		}
		walk(member);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { ERR_NONE, 0, "" };
	char *copy = malloc(size + (size == 0)); /* of the exact size */

	memcpy(copy, data, size);
	if (jsonscan_check(copy, size, &err) == 0)
		walk((struct jsonspan){ copy, size });
	else
		require(err.code != ERR_NONE &&
		    strncmp(err.text, "byte ", 5) == 0);
	free(copy);
	return 0;
}
