/*
 * When there is a pass.  See retention.h.  What the last pass has left and
 * what has ended since tell whether a limit is exceeded, so nothing is looked
 * at while nothing ends.
 */
#include "common/error.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/record/record.h"
#include "daemon/retention/pass.h"
#include "daemon/retention/retention.h"
#include "daemon/store/survey.h"
#include "daemon/task/task.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
/* A pass costs more the more tasks there are: a tenth of a limit has to end. */
#define SHARE 10

struct amount {
	int64_t tasks, bytes;
};

static struct pass *pass; /* under way */
static struct amount left, since;
static int64_t day; /* of the last one */

static void
done(const struct pass_sum *sum, void *arg)
{
	(void)arg;
	pass = NULL;
	left.tasks = (int64_t)sum->tasks;
	left.bytes = sum->bytes;
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
	since = (struct amount){ 0, 0 };
	day = time_wall_ms() / DAY_MS;
	pass = pass_new(false, done, NULL);
}

static bool
exceeds(int64_t before, int64_t more, int64_t max)
{
	return max > 0 && before + more > max && more >= max / SHARE;
}

static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	const struct config_retention *max = &config_get()->retention;

	(void)watcher;
	(void)news;
	since.tasks++;
	since.bytes += store_task_bytes(task_record(task)->path);
	if (pass == NULL &&
	    (time_wall_ms() / DAY_MS != day ||
		exceeds(left.tasks, since.tasks, max->max_tasks) ||
		exceeds(left.bytes, since.bytes, max->max_bytes)))
		begin();
}

static struct watcher watcher = {
	.name = "retention",
	.wants = TASK_ENTERED(TASK_ENDED),
	.changed = changed,
};

void
retention_start(void)
{
	if (!watcher.watching)
		task_watch_all(&watcher);
	if (pass == NULL)
		begin();
}

void
retention_stop(void)
{
	task_unwatch(&watcher);
	pass_free(pass);
	pass = NULL;
}
