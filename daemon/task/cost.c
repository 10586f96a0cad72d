/*
 * Totals of cost.  See cost.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/agent/event.h"
#include "daemon/agent/result.h"
#include "daemon/record/load.h"
#include "daemon/record/record.h"
#include "daemon/store/costs.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/cost.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "json/json.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

/* Groups whose cost was asked for since one of their runs ended. */
struct group_cost {
	uint64_t group;
	double usd;
};
static struct group_cost *groups;
static size_t ngroups;

/* The total of a day; known until a run ends. */
static char known_day[TIMEFMT_SIZE];
static double known_total;

/* A line of costs/DAY. */
struct line {
	uint64_t task;
	long run;
	double usd;
};

/* The cost of the last of the n runs whose cost is known; else 0. */
static double
cost_until(const struct record *rec, unsigned n)
{
	struct agent_result *result;
	struct error err;
	double usd = 0;
	int taskfd;

	if (n == 0)
		return 0;
	taskfd = store_open_task(rec->path, &err);
	if (taskfd == -1)
		return 0;
	while (usd <= 0 && n > 0) {
		result = record_result_of(rec, taskfd, n--);
		if (result != NULL)
			usd = result->cost_usd;
		agent_result_free(result);
	}
	close(taskfd);
	return usd > 0 ? usd : 0;
}

/* The cost of the first n runs together; each tells only its own. */
static double
sum_of_runs(const struct record *rec, unsigned n)
{
	struct agent_result *result;
	struct error err;
	double usd = 0;
	int taskfd = store_open_task(rec->path, &err);

	if (taskfd == -1)
		return 0;
	for (; n > 0; n--) {
		result = record_result_of(rec, taskfd, n);
		if (result != NULL && result->cost_usd > 0)
			usd += result->cost_usd;
		agent_result_free(result);
	}
	close(taskfd);
	return usd;
}

static bool
is_claude(const struct record *rec)
{
	return task_spec_is_claude(&rec->spec);
}

/*
 * What claude says of a run has in it what its conversation cost before;
 * what others say has not.
 */
double
cost_of_task(const struct record *rec)
{
	if (rec->run.number > 1 && !is_claude(rec))
		return sum_of_runs(rec,
		    rec->run.number - (record_ended(rec) ? 0 : 1));
	if (rec->result != NULL && rec->result->cost_usd > 0)
		return rec->result->cost_usd;
	return record_is_agent(rec) ? cost_until(rec, rec->run.number - 1) : 0;
}

/* The cost of this run alone. */
static double
cost_of_run(const struct record *rec)
{
	double usd = rec->result->cost_usd;
	double before = is_claude(rec) ? cost_until(rec, rec->run.number - 1) :
					 0;

	return usd >= before ? usd - before : usd;
}

double
cost_of_list(const struct task_list *list)
{
	double usd = 0;
	size_t i;

	for (i = 0; i < list->n; i++)
		usd += cost_of_task(task_record(list->tasks[i]));
	return usd;
}

/* False when not all of it can be seen: the sum is of a part. */
static bool
read_group(uint64_t group, double *usd)
{
	struct task_list list = { 0 };
	struct error err;
	bool whole = lookup_group(group, &list, &err) == 0;

	*usd = cost_of_list(&list);
	task_list_clear(&list);
	return whole;
}

static uint64_t
group_of(const struct record *rec)
{
	const char *group = rec->from.group;

	return group == NULL ? 0 : id_number(group);
}

double
cost_of_group(const struct record *rec)
{
	uint64_t group = group_of(rec);
	double usd;
	size_t i;

	for (i = 0; i < ngroups; i++)
		if (groups[i].group == group)
			return groups[i].usd;
	if (!read_group(group, &usd))
		return usd; /* which is not kept */
	groups = xreallocarray(groups, ngroups + 1, sizeof(*groups));
	groups[ngroups].group = group;
	groups[ngroups].usd = usd;
	return groups[ngroups++].usd;
}

static void
forget_group(uint64_t group)
{
	size_t i;

	for (i = 0; i < ngroups; i++)
		if (groups[i].group == group)
			groups[i--] = groups[--ngroups];
}

static int
by_run(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->task != y->task)
		return x->task < y->task ? -1 : 1;
	return x->run < y->run ? -1 : x->run > y->run;
}

/* A line that is damaged counts for nothing. */
static struct line *
parse(char *text, size_t *n)
{
	struct line *lines = NULL, line;
	char *at, *rest = text;

	*n = 0;
	while ((at = strsep(&rest, "\n")) != NULL) {
		if (sscanf(at, "t%" SCNu64 " %ld %lf", &line.task, &line.run,
			&line.usd) != 3 ||
		    !(line.usd >= 0 && line.usd <= EVENT_COST_MAX))
			continue;
		if ((*n & (*n - 1)) == 0)
			lines = xreallocarray(lines, *n == 0 ? 1 : *n * 2,
			    sizeof(*lines));
		lines[(*n)++] = line;
	}
	return lines;
}

/* A daemon that dies may have noted a run that the next one notes again. */
static double
sum_once(struct line *lines, size_t n)
{
	double usd = 0;
	size_t i;

	if (n > 0)
		qsort(lines, n, sizeof(*lines), by_run);
	for (i = 0; i < n; i++)
		if (i == 0 || by_run(&lines[i - 1], &lines[i]) != 0)
			usd += lines[i].usd;
	return usd;
}

double
cost_of_today(void)
{
	char day[TIMEFMT_SIZE], *text;
	struct line *lines;
	size_t n;

	timefmt_day(time_wall_ms(), day);
	if (strcmp(day, known_day) == 0)
		return known_total;
	strcpy(known_day, day);
	known_total = 0;
	text = store_read_costs(day);
	if (text != NULL) {
		lines = parse(text, &n);
		known_total = sum_once(lines, n);
		free(lines);
		free(text);
	} else if (errno != ENOENT)
		known_day[0] = '\0'; /* it is there, and may be read later */
	return known_total;
}

/* Timers stop while the machine sleeps: at the latest in an hour. */
int64_t
cost_tomorrow_ms(void)
{
	int64_t left = DAY_MS - time_wall_ms() % DAY_MS;

	return left < HOUR_MS ? left : HOUR_MS;
}

/*
 * The day is that of its end, so that who notes it again notes it there.
 * The number is short of what a double holds; totals are for people.
 */
void
cost_note(const struct record *rec)
{
	char day[TIMEFMT_SIZE], *line;
	struct error err;

	forget_group(group_of(rec));
	if (rec->result == NULL || rec->result->cost_usd <= 0)
		return;
	timefmt_day(rec->exit.ended_at, day);
	line = xasprintf(TASK_ID " %u %.6f", rec->number, rec->run.number,
	    cost_of_run(rec));
	known_day[0] = '\0';
	if (store_note_cost(day, line, &err) != 0)
		log_warnx(TASK_ID ": its cost is missing in the day's "
				  "total: %s",
		    rec->number, err.text);
	free(line);
}

void
cost_forget(void)
{
	free(groups);
	groups = NULL;
	ngroups = 0;
	known_day[0] = '\0';
}
