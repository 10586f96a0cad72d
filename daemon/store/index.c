/*
 * The names of all tasks, remembered.  See index.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <uuid/uuid.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"

/* Names that are read, or sorted, in one step. */
#define RUN 256

struct entry {
	uint64_t number : 48, day : 16; /* in days */
	uuid_t uuid;
};

static struct entry *entries; /* by their numbers */
static size_t n, size;
static char **days; /* in no order */
static size_t n_days;
static bool known;
static size_t losses;

/* The reading, until they are known. */
static struct {
	bool began;
	char **days;
	size_t next; /* of days, */
	DIR *dir;    /* which is read, */
	size_t day;  /* and is this one of ours */
	/* Then they are sorted: so many are in order, and up to there. */
	size_t width, at;
	struct entry *sorted;
} reading;

static size_t
find_day(const char *day, size_t len)
{
	size_t i;
	char *copy;

	for (i = n_days; i > 0; i--)
		if (strncmp(days[i - 1], day, len) == 0 &&
		    days[i - 1][len] == '\0')
			return i - 1;
	copy = xstrndup(day, len);
	days = strv_add(days, copy);
	free(copy);
	return n_days++;
}

/* An entry of a day; others are not ours. */
static void
append(const char *name, size_t day)
{
	struct entry *entry;
	const char *rest;
	uint64_t number;

	if (n == size) {
		size = size == 0 ? 64 : size * 2;
		entries = xreallocarray(entries, size, sizeof(*entries));
	}
	entry = &entries[n];
	if (!store_parse_entry(name, &number, entry->uuid, &rest) ||
	    *rest != '\0')
		return;
	entry->number = number;
	entry->day = day;
	n++;
}

static int
in_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return uuid_compare(x->uuid, y->uuid);
}

static int
cannot_read(const char *day, struct error *err)
{
	fail_errno(err, "cannot read %s/tasks/%s", store_root(), day);
	index_forget();
	return -1;
}

/* A folder that is damaged has no tasks; one that may be read soon fails. */
static int
enter_day(struct error *err)
{
	const char *day = reading.days[reading.next];
	char *path = xasprintf("tasks/%s", day);

	reading.dir = store_open_dir(store_rootfd(), path);
	free(path);
	if (reading.dir == NULL && errno_passes(errno))
		return cannot_read(day, err);
	if (reading.dir == NULL)
		reading.next++;
	else
		reading.day = find_day(day, strlen(day));
	return 1;
}

static int
read_names(struct error *err)
{
	struct dirent *entry;
	int i;

	for (i = 0; i < RUN; i++) {
		errno = 0;
		entry = readdir(reading.dir);
		if (entry == NULL && errno_passes(errno))
			return cannot_read(reading.days[reading.next], err);
		if (entry == NULL) {
			closedir(reading.dir);
			reading.dir = NULL;
			reading.next++;
			break;
		}
		append(entry->d_name, reading.day);
	}
	return 1;
}

static void
stop_reading(void)
{
	if (reading.dir != NULL)
		closedir(reading.dir);
	strv_free(reading.days);
	free(reading.sorted);
	memset(&reading, 0, sizeof(reading));
}

static int
begin_reading(struct error *err)
{
	/* unless that passes there is nothing to find later, either */
	if (store_read_days(&reading.days, err) != 0 && error_passes(err))
		return -1;
	reading.began = true;
	return 1;
}

static void
merge(const struct entry *from, size_t middle, size_t end, struct entry *to)
{
	size_t a = 0, b = middle, i;

	for (i = 0; i < end; i++)
		if (b == end ||
		    (a < middle && in_order(&from[a], &from[b]) < 0))
			to[i] = from[a++];
		else
			to[i] = from[b++];
}

static size_t
at_most(size_t wanted, size_t max)
{
	return wanted < max ? wanted : max;
}

/* They come in the order of hashes: a merge sort, one merge a step. */
static int
sort_names(void)
{
	size_t left = n - reading.at, width = reading.width;
	struct entry *sorted = reading.sorted;

	if (width == 0 && left > 0)
		qsort(entries + reading.at, at_most(left, RUN),
		    sizeof(*entries), in_order);
	else if (left > 0)
		merge(entries + reading.at, at_most(left, width),
		    at_most(left, 2 * width), sorted + reading.at);
	reading.at += at_most(left, width == 0 ? RUN : 2 * width);
	if (reading.at < n)
		return 1;
	reading.at = 0;
	reading.width = width == 0 ? RUN : 2 * width;
	if (sorted != NULL) {
		reading.sorted = entries;
		entries = sorted;
	}
	if (reading.width >= n) {
		stop_reading();
		known = true;
		return 0;
	}
	if (reading.sorted == NULL)
		reading.sorted = xcalloc(size, sizeof(*entries));
	return 1;
}

int
index_step(struct error *err)
{
	if (known)
		return 0;
	if (!reading.began)
		return begin_reading(err);
	if (reading.dir != NULL)
		return read_names(err);
	if (reading.days != NULL && reading.days[reading.next] != NULL)
		return enter_day(err);
	return sort_names();
}

int
index_know(struct error *err)
{
	int more;

	while ((more = index_step(err)) == 1)
		continue;
	return more;
}

static void
know(void)
{
	struct error err;

	if (index_know(&err) != 0)
		log_warnx("%s", err.text);
}

void
index_forget(void)
{
	stop_reading();
	free(entries);
	strv_free(days);
	entries = NULL;
	days = NULL;
	n = size = n_days = 0;
	losses++;
	known = false;
}

/* The first of so many entries with this number or a higher one. */
static size_t
lower_bound(uint64_t number, size_t high)
{
	size_t low = 0, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (entries[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
fill_in(const struct entry *entry, struct store_name *name)
{
	name->number = entry->number;
	uuid_unparse_lower(entry->uuid, name->uuid);
	snprintf(name->path, sizeof(name->path), "tasks/%s/" ENTRY_NAME,
	    days[entry->day], name->number, name->uuid);
}

bool
index_before(struct store_name *name)
{
	struct entry at = { .number = name->number };
	size_t i = n;

	know();
	if (name->number != 0) {
		i = lower_bound(name->number, n);
		while (name->uuid[0] != '\0' && i < n &&
		    uuid_parse(name->uuid, at.uuid) == 0 &&
		    in_order(&entries[i], &at) < 0)
			i++;
	}
	if (i == 0)
		return false;
	fill_in(&entries[i - 1], name);
	return true;
}

void
index_each(uint64_t below, bool (*fn)(const struct store_name *name, void *arg),
    void *arg)
{
	struct store_name name;
	bool more = true;
	size_t i;

	know();
	for (i = below == 0 ? n : lower_bound(below, n); more && i > 0; i--) {
		fill_in(&entries[i - 1], &name);
		more = fn(&name, arg);
	}
}

size_t
index_range(uint64_t from, uint64_t to, struct store_name *names, size_t max)
{
	size_t i, found = 0;

	know();
	for (i = lower_bound(from, n);
	     i < n && entries[i].number <= to && found < max; i++)
		fill_in(&entries[i], &names[found++]);
	return found;
}

bool
index_prefix(const char *prefix, struct store_name *name)
{
	size_t i, found = 0, len = strlen(prefix);
	char text[UUID_STR_LEN];

	know();
	for (i = 0; i < n && found < 2; i++) {
		uuid_unparse_lower(entries[i].uuid, text);
		if (strncmp(text, prefix, len) != 0)
			continue;
		found++;
		fill_in(&entries[i], name);
	}
	return found == 1;
}

void
index_add(const char *path)
{
	const char *day = path + strlen("tasks/"), *name = strrchr(path, '/');
	struct entry entry;
	size_t at, last = n;

	if (reading.began)
		index_forget(); /* it may be among those that were read */
	if (!known)
		return;
	append(name + 1, find_day(day, (size_t)(name - day)));
	if (n == last)
		return;
	entry = entries[last];
	at = lower_bound(entry.number, last);
	while (at < last && in_order(&entries[at], &entry) < 0)
		at++;
	/* one of a request that came again may be below others */
	memmove(&entries[at + 1], &entries[at], (last - at) * sizeof(entry));
	entries[at] = entry;
}

size_t
index_losses(void)
{
	return losses;
}

void
index_drop(uint64_t number, const char *uuid)
{
	uuid_t wanted;
	size_t i;

	if (!known || uuid_parse(uuid, wanted) != 0)
		return;
	i = lower_bound(number, n);
	while (i < n && entries[i].number == number &&
	    uuid_compare(entries[i].uuid, wanted) != 0)
		i++;
	if (i == n || entries[i].number != number)
		return;
	n--;
	losses++;
	memmove(&entries[i], &entries[i + 1], (n - i) * sizeof(*entries));
}

bool
index_look(const struct store_name *name)
{
	struct stat st;
	bool there = fstatat(store_rootfd(), name->path, &st,
			 AT_SYMLINK_NOFOLLOW) == 0 ||
	    errno != ENOENT;

	if (!there)
		index_drop(name->number, name->uuid);
	return there;
}
