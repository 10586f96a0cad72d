/*
 * Totals of cost.  See cost.h.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/agent/result.h"
#include "daemon/tasks/cost.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/resolve.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

/* Groups that were asked for since one of their runs ended. */
struct group_cost {
	uint64_t group;
	double usd;
};
static struct group_cost *groups;
static size_t ngroups;

/* The total of a day, while no run ends. */
static char known_day[TIMEFMT_SIZE];
static double known_total;

/* A line of costs/DAY. */
struct line {
	uint64_t task;
	long run;
	double usd;
};

/* The first run is in the task's own directory, the others below it. */
static long
run_of(const struct record *rec)
{
	size_t len = strlen(rec->path);

	return strlen(rec->dir) > len + 1 && rec->dir[len] == '/' ?
	    strtol(rec->dir + len + 1, NULL, 10) :
	    1;
}

static double
cost_in(const char *dir)
{
	struct json_object *object = NULL;
	struct error err;
	double usd = 0;
	int dirfd = store_open_task(dir, &err);

	if (dirfd != -1) {
		object = json_read(dirfd, "result.json", &err);
		close(dirfd);
	}
	if (object != NULL &&
	    (!json_number_at(object, "cost_usd", &usd) || usd < 0))
		usd = 0;
	json_object_put(object);
	return usd;
}

double
cost_of_task(const struct record *rec)
{
	double usd = 0;
	long run, last = run_of(rec);
	char *dir;

	if (rec->result != NULL && rec->result->cost_usd > 0)
		usd = rec->result->cost_usd;
	for (run = 1; run < last; run++) {
		dir = run == 1 ? xstrdup(rec->path) :
				 xasprintf("%s/%ld", rec->path, run);
		usd += cost_in(dir);
		free(dir);
	}
	return usd;
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

static double
read_group(uint64_t group)
{
	struct task_list list = { 0 };
	double usd;

	resolve_group(group, &list);
	usd = cost_of_list(&list);
	task_list_clear(&list);
	return usd;
}

static uint64_t
group_of(const struct record *rec)
{
	const char *group = rec->stored.from.group;

	return group == NULL ? 0 : strtoull(group + 1, NULL, 10);
}

double
cost_of_group(const struct record *rec)
{
	uint64_t group = group_of(rec);
	size_t i;

	for (i = 0; i < ngroups; i++)
		if (groups[i].group == group)
			return groups[i].usd;
	groups = xreallocarray(groups, ngroups + 1, sizeof(*groups));
	groups[ngroups].group = group;
	groups[ngroups].usd = read_group(group);
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
			&line.usd) != 3)
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
	}
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
	line = xasprintf("t%" PRIu64 " %ld %.6f", rec->number, run_of(rec),
	    rec->result->cost_usd);
	known_day[0] = '\0';
	if (store_note_cost(day, line, &err) != 0)
		log_warnx("t%" PRIu64 ": its cost is missing in the day's "
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
