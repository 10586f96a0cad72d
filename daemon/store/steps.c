/*
 * The store: walking all tasks in small steps, for work that must not hold up
 * the loop.  A day may have many tasks, so only numbers and UUIDs are kept.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uuid/uuid.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/store/files.h"
#include "daemon/store/name.h"
#include "daemon/store/steps.h"

/* Names read in one step. */
#define NAMES_PER_STEP 500

struct name {
	uint64_t gone : 1, number : 63;
	uuid_t uuid;
};

struct store_steps {
	char **days; /* newest first */
	size_t day;
	int errnum;   /* why a folder could not be read */
	bool began;   /* one before this had something */
	char *folder; /* tasks/DAY */
	DIR *dir;     /* while its names are read */
	struct name *names;
	size_t n, size, at, tasks;
};

struct store_steps *
store_steps_new(void)
{
	struct store_steps *steps = xcalloc(1, sizeof(*steps));
	struct error err;

	if (store_read_days(&steps->days, &err) != 0) {
		log_warnx("%s", err.text);
		steps->errnum = err.errnum;
	}
	return steps;
}

static void
leave_day(struct store_steps *steps)
{
	if (steps->dir != NULL)
		closedir(steps->dir);
	steps->dir = NULL;
	free(steps->folder);
	steps->folder = NULL;
	steps->n = steps->at = steps->tasks = 0;
}

void
store_steps_free(struct store_steps *steps)
{
	if (steps == NULL)
		return;
	leave_day(steps);
	free(steps->names);
	strv_free(steps->days);
	free(steps);
}

const char *
store_steps_day(const struct store_steps *steps)
{
	return steps->days[steps->day];
}

size_t
store_steps_tasks(const struct store_steps *steps)
{
	return steps->tasks;
}

int
store_steps_errno(const struct store_steps *steps)
{
	return steps->errnum;
}

bool
store_steps_newest(const struct store_steps *steps)
{
	return !steps->began;
}

/* Other names are not ours. */
static bool
read_name(const char *entry, struct name *out)
{
	const char *rest;
	uint64_t number;

	if (!store_parse_entry(entry, &number, out->uuid, &rest))
		return false;
	out->number = number;
	out->gone = strcmp(rest, ".gone") == 0;
	return out->gone || *rest == '\0';
}

static void
add_name(struct store_steps *steps, const struct name *name)
{
	if (steps->n == steps->size) {
		steps->size = steps->size == 0 ? 64 : steps->size * 2;
		steps->names = xreallocarray(steps->names, steps->size,
		    sizeof(*steps->names));
	}
	steps->names[steps->n++] = *name;
	steps->tasks += !name->gone;
}

static int
newest_first(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return x->number < y->number ? 1 : x->number > y->number ? -1 : 0;
}

/*
 * A dot directory is a task or a run whose acceptance never ended: none is
 * being accepted now.
 */
static void
sweep(struct store_steps *steps, const char *entry)
{
	if (entry[0] == '.' && entry[1] >= '0' && entry[1] <= '9')
		store_remove_dir(dirfd(steps->dir), entry);
}

/* What was removed meanwhile, or is no folder, has no tasks. */
static void
note_errno(struct store_steps *steps)
{
	if (errno != 0 && errno != ENOENT && errno != ENOTDIR &&
	    errno != ELOOP && steps->errnum == 0)
		steps->errnum = errno;
}

static void
read_names(struct store_steps *steps)
{
	struct dirent *entry = NULL;
	struct name name;
	int i;

	for (i = 0; i < NAMES_PER_STEP; i++) {
		errno = 0;
		entry = readdir(steps->dir);
		if (entry == NULL)
			break;
		if (read_name(entry->d_name, &name))
			add_name(steps, &name);
		else
			sweep(steps, entry->d_name);
	}
	if (entry != NULL)
		return;
	note_errno(steps);
	closedir(steps->dir);
	steps->dir = NULL;
	if (steps->n > 0)
		qsort(steps->names, steps->n, sizeof(*steps->names),
		    newest_first);
}

static void
enter_day(struct store_steps *steps)
{
	steps->folder = xasprintf("tasks/%s", store_steps_day(steps));
	steps->dir = store_open_dir(store_rootfd(), steps->folder);
	if (steps->dir == NULL)
		note_errno(steps);
}

static enum store_step
next_name(struct store_steps *steps, struct store_name *out)
{
	const struct name *name = &steps->names[steps->at++];

	out->number = name->number;
	uuid_unparse_lower(name->uuid, out->uuid);
	if ((size_t)snprintf(out->path, sizeof(out->path), "%s/%llu-%s%s",
		steps->folder, (unsigned long long)name->number, out->uuid,
		name->gone ? ".gone" : "") >= sizeof(out->path))
		return STEP_NOTHING; /* it was shorter when it was read */
	return name->gone ? STEP_TOMBSTONE : STEP_TASK;
}

enum store_step
store_steps_next(struct store_steps *steps, struct store_name *name)
{
	if (steps->days == NULL || steps->days[steps->day] == NULL)
		return STEP_END;
	if (steps->folder == NULL)
		enter_day(steps);
	else if (steps->dir != NULL)
		read_names(steps);
	else if (steps->at < steps->n)
		return next_name(steps, name);
	else if (steps->at == steps->n) {
		steps->at++; /* once */
		return STEP_DAY_OVER;
	} else {
		steps->began |= steps->n > 0;
		leave_day(steps);
		steps->day++;
	}
	return STEP_NOTHING;
}
