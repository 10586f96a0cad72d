/*
 * Choosing ends.  See only.h.
 */
#include <fnmatch.h>

#include "daemon/config.h"
#include "daemon/hook/only.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/line.h"

int64_t
only_took_ms(struct task *const *tasks, size_t n)
{
	int64_t first = INT64_MAX, last = 0;
	const struct exitrec *exit;
	size_t i;

	if (n == 1)
		return view_elapsed_ms(tasks[0]);
	for (i = 0; i < n; i++) {
		exit = &task_record(tasks[i])->exit;
		if (exit->started_at == 0)
			continue;
		if (exit->started_at < first)
			first = exit->started_at;
		if (exit->ended_at > last)
			last = exit->ended_at;
	}
	return last > first ? last - first : -1;
}

static bool
fits(char *const *pattern, const char *name)
{
	for (; name != NULL && *pattern != NULL; pattern++)
		if (fnmatch(*pattern, name, 0) == 0)
			return true;
	return false;
}

static bool
is_called_so(const struct config_only *only, const struct record *rec)
{
	return only->labels == NULL || fits(only->labels, rec->spec.label) ||
	    fits(only->labels, rec->from.group_name);
}

bool
only_wants_end(const struct config_only *only, struct task *const *tasks,
    size_t n)
{
	bool failed = !only->failed, called = false;
	size_t i;

	if (only->longer_than_s > 0 &&
	    only_took_ms(tasks, n) <= only->longer_than_s * 1000)
		return false;
	for (i = 0; i < n; i++) {
		failed |= record_failed(task_record(tasks[i]));
		called |= is_called_so(only, task_record(tasks[i]));
	}
	return failed && called;
}

bool
only_wants_question(const struct config_only *only, const struct task *task)
{
	return is_called_so(only, task_record(task));
}
