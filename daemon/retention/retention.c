/*
 * When there is a pass.  See retention.h.  What the last pass has left and
 * what has ended since tell whether a limit is exceeded, so nothing is looked
 * at while nothing ends, nor by a daemon that starts.
 */
#include "common/error.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/record/record.h"
#include "daemon/retention/kept.h"
#include "daemon/retention/pass.h"
#include "daemon/retention/retention.h"
#include "daemon/store/survey.h"
#include "daemon/task/task.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* A pass costs more the more tasks there are: a tenth of a limit has to end. */
#define SHARE 10

static struct pass *pass; /* under way */
static bool started;
/* What the last pass has come to, of this daemon or an earlier one, if whole. */
static struct kept kept;
static bool whole;

static int64_t
today(void)
{
	return time_wall_ms() / DAY_MS;
}

/* By a clock that is not sound little was deleted: the next daemon tries. */
static void
done(const struct pass_sum *sum, void *arg)
{
	(void)arg;
	pass = NULL;
	whole = sum->sound;
	kept.tasks = (int64_t)sum->tasks;
	kept.bytes = sum->bytes;
	kept_write(whole ? &kept : NULL);
	if (pass_removed(sum) > 0)
		log_info("retention: deleted %zu tasks, %lld bytes: %s",
		    pass_removed(sum), (long long)sum->freed, sum->ids.data);
}

/* Nothing is deleted by limits that the user may not mean. */
static void
begin(void)
{
	struct error unsound;

	/* the look itself may have begun one */
	if (config_check(&unsound) != 0 || pass != NULL)
		return;
	kept = (struct kept){ .day = today() };
	whole = false;
	pass = pass_new(false, done, NULL);
}

static bool
exceeds(int64_t before, int64_t more, int64_t max)
{
	return max > 0 && before + more > max && more >= max / SHARE;
}

static bool
is_due(void)
{
	const struct config_retention *max = &config_get()->retention;

	return kept.day != today() ||
	    exceeds(kept.tasks, kept.ended, max->max_tasks) ||
	    exceeds(kept.bytes, kept.grown, max->max_bytes);
}

static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	(void)watcher;
	(void)news;
	kept.ended++;
	kept.grown += store_task_bytes(task_record(task)->path);
	if (whole)
		kept_write(&kept);
	if (started && pass == NULL && is_due())
		begin();
}

static struct watcher watcher = {
	.name = "retention",
	.wants = TASK_ENTERED(TASK_ENDED),
	.changed = changed,
};

void
retention_watch(void)
{
	if (!watcher.watching)
		task_watch_all(&watcher);
}

static bool
recall(void)
{
	whole = kept_read(&kept);
	return whole && !is_due();
}

void
retention_start(void)
{
	bool first = !started;

	retention_watch();
	started = true;
	if ((!first || !recall()) && pass == NULL)
		begin();
}

void
retention_stop(void)
{
	task_unwatch(&watcher);
	pass_free(pass);
	pass = NULL;
	if (whole)
		kept_write(&kept);
	kept_close();
	started = whole = false;
	kept = (struct kept){ 0 };
}
