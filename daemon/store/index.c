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

struct entry {
	uint64_t number;
	uuid_t uuid;
	size_t day; /* in days */
};

static struct entry *entries; /* by their numbers */
static size_t n, size;
static char **days; /* in no order */
static size_t n_days;
static bool known;

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

	if (n == size) {
		size = size == 0 ? 64 : size * 2;
		entries = xreallocarray(entries, size, sizeof(*entries));
	}
	entry = &entries[n];
	entry->day = day;
	n += store_parse_entry(name, &entry->number, entry->uuid, &rest) &&
	    *rest == '\0';
}

static int
by_number(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

/* A folder that is damaged has no tasks; one that may be read soon fails. */
static int
read_day(const char *day, struct error *err)
{
	char *path = xasprintf("tasks/%s", day);
	size_t at = find_day(day, strlen(day));
	DIR *dir = store_open_dir(store_rootfd(), path);
	struct dirent *entry;
	int result = 0;

	while (dir != NULL && (errno = 0, entry = readdir(dir)) != NULL)
		append(entry->d_name, at);
	if (errno_passes(errno)) {
		fail_errno(err, "cannot read %s/%s", store_root(), path);
		result = -1;
	}
	if (dir != NULL)
		closedir(dir);
	free(path);
	return result;
}

int
index_know(struct error *err)
{
	char **names, **day;
	int result;

	if (known)
		return 0;
	result = store_read_days(&names, err);
	if (result != 0 && !error_passes(err))
		result = 0; /* nor is there anything to find later */
	for (day = names; result == 0 && day != NULL && *day != NULL; day++)
		result = read_day(*day, err);
	strv_free(names);
	if (result != 0) {
		index_forget();
		return -1;
	}
	known = true;
	if (n > 0)
		qsort(entries, n, sizeof(*entries), by_number);
	return 0;
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
	free(entries);
	strv_free(days);
	entries = NULL;
	days = NULL;
	n = size = n_days = 0;
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

	if (!known)
		return;
	append(name + 1, find_day(day, (size_t)(name - day)));
	if (n == last)
		return;
	entry = entries[last];
	at = lower_bound(entry.number, last);
	/* one of a request that came again may be below others */
	memmove(&entries[at + 1], &entries[at], (last - at) * sizeof(entry));
	entries[at] = entry;
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
