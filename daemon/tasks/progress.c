/*
 * What an agent task does.  See progress.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "daemon/agent/activity.h"
#include "daemon/tasks/output.h"
#include "daemon/tasks/progress.h"
#include "daemon/tasks/record.h"

/* From the cursor, or, if that is too far back, the end. */
static int
read_bytes(const struct record *rec, int64_t cursor, size_t bytes,
    struct output *out, struct error *err)
{
	if (output_bytes(rec, "stdout", cursor, bytes, out, err) != 0)
		return -1;
	if (cursor < 0 || out->size - out->from <= (int64_t)bytes)
		return 0;
	free(out->text);
	return output_bytes(rec, "stdout", -1, bytes, out, err);
}

int
progress_read(const struct record *rec, int64_t cursor, size_t bytes,
    struct activity *activity, struct output *out, struct error *err)
{
	size_t len, taken;

	activity_init(activity);
	if (read_bytes(rec, cursor, bytes, out, err) != 0)
		return -1;
	len = (size_t)(out->to - out->from);
	taken = activity_take(activity, out->text, len, record_ended(rec));
	if (taken == 0 && len >= bytes)
		activity->passed_over++; /* a line that is longer */
	else
		out->to = out->from + (int64_t)taken;
	free(out->text);
	out->text = NULL;
	return 0;
}

static char *
read_end(const struct record *rec, size_t max,
    char *(*text)(const struct activity *, size_t))
{
	struct activity activity;
	struct output out;
	struct error err;
	char *result = NULL;

	if (progress_read(rec, -1, PROGRESS_TAIL_BYTES, &activity, &out,
		&err) == 0)
		result = text(&activity, max);
	activity_clear(&activity);
	return result;
}

char *
progress_newest(const struct record *rec, size_t max)
{
	return read_end(rec, max, activity_newest);
}

char *
progress_digest(const struct record *rec, size_t max)
{
	return read_end(rec, max, activity_digest);
}
