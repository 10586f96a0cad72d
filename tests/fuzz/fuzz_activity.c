/*
 * Fuzzing what is made of the stream-json of agents: whatever a task wrote,
 * its activity is clean UTF-8 on lines of their own, keeps to its room, and
 * looking at a part of it only takes whole lines.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "daemon/agent/activity.h"
#include "daemon/agent/activity_read.h"
#include "daemon/agent/last_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Takes text. */
static void
check_text(char *text, size_t max)
{
	const char *s;

	require(strlen(text) <= max);
	require(utf8_valid(text, strlen(text)));
	for (s = text; *s != '\0'; s++)
		require((unsigned char)*s >= ' ' || *s == '\n');
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + (size == 0)); /* of the exact size */
	size_t max = size > 0 ? data[0] * 4u : 0, taken;
	struct activity activity;
	char *newest;

	memcpy(copy, data, size);
	activity_init(&activity);
	taken = activity_take(&activity, copy, size, false);
	require(taken <= size && (taken == 0 || copy[taken - 1] == '\n'));
	require(memchr(copy + taken, '\n', size - taken) == NULL);
	require(activity_take(&activity, copy + taken, size - taken, true) ==
	    size - taken);
	require(activity.n <= ACTIVITY_LINES);
	check_text(activity_digest(&activity, max), max);
	check_text(activity_all(&activity), SIZE_MAX);
	newest = activity_newest(&activity, max);
	if (newest != NULL)
		check_text(newest, max);
	activity_clear(&activity);
	free(usage_of_lines(copy, size));
	free(last_words(copy, size, true));
	free(copy);
	return 0;
}
