/*
 * Progress of agents.  See progress.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "daemon/agent/activity.h"
#include "daemon/agent/activity_read.h"
#include "daemon/record/record.h"
#include "daemon/view/output.h"
#include "daemon/view/progress.h"

/* Reads from the cursor on or, if that is too far back, the end. */
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
	activity->late = out->from > (cursor < 0 ? 0 : cursor);
	len = (size_t)(out->to - out->from);
	taken = activity_take(activity, out->text, len, record_ended(rec));
	if (taken == 0 && len >= bytes)
		activity->passed_over++; /* the line is longer */
	else
		out->to = out->from + (int64_t)taken;
	free(out->text);
	out->text = NULL;
	return 0;
}

bool
progress_is_there(const struct record *rec)
{
	return rec->exit.started_at != 0 && !record_ended(rec) &&
	    record_is_agent(rec);
}

void
progress_look(const struct record *rec, size_t max, struct progress *progress)
{
	struct activity activity;
	struct output out;
	struct error err;

	*progress = (struct progress){ .turns = -1, .cost_usd = -1 };
	if (progress_read(rec, -1, PROGRESS_TAIL_BYTES, &activity, &out,
		&err) == 0) {
		progress->newest = activity_newest(&activity, max);
		progress->cost_usd = activity.cost_usd;
		if (out.from == 0) {
			progress->turns = (int64_t)activity.usage.messages;
			progress->tokens = usage_text(&activity.usage);
		}
	}
	activity_clear(&activity);
}

void
progress_clear(struct progress *progress)
{
	free(progress->newest);
	free(progress->tokens);
}

char *
progress_digest(const struct record *rec, size_t max)
{
	struct activity activity;
	struct output out;
	struct error err;
	char *text = NULL;

	if (progress_read(rec, -1, PROGRESS_TAIL_BYTES, &activity, &out,
		&err) == 0)
		text = activity_digest(&activity, max);
	activity_clear(&activity);
	return text;
}
