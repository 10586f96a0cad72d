/*
 * The names of all tasks, remembered.  See index.h.
 *
 * Long because only here it is known how they are: read, sorted, followed and
 * found.
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
	uint64_t number : 47, gone : 1, day : 16; /* in days */
	uuid_t uuid;
};

struct day {
	char *name;
	size_t tasks;
	bool over; /* its tombstones may go */
};

static struct entry *entries; /* by their numbers */
static size_t n, size, n_tasks;
static struct day *days; /* in no order */
static size_t n_days;
static bool known;
static size_t losses;
static struct stat folder; /* tasks/, whose names they are */

/* The reading, until they are known. */
static struct {
	bool began;
	char **days;
	size_t next; /* of days, */
	DIR *dir;    /* which is read, */
	size_t day;  /* and is this one of ours */
	/* Then they are sorted, in so many steps. */
	bool read;
	size_t left;
} reading;

static size_t
find_day(const char *day, size_t len)
{
	size_t i;

	for (i = n_days; i > 0; i--)
		if (strncmp(days[i - 1].name, day, len) == 0 &&
		    days[i - 1].name[len] == '\0')
			return i - 1;
	days = xreallocarray(days, n_days + 1, sizeof(*days));
	days[n_days] = (struct day){ .name = xstrndup(day, len) };
	return n_days++;
}

/* An entry of a day; false: it is not ours. */
static bool
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
	    (*rest != '\0' && strcmp(rest, ".gone") != 0))
		return false;
	entry->number = number;
	entry->gone = *rest != '\0';
	entry->day = day;
	days[day].tasks += !entry->gone;
	n_tasks += !entry->gone;
	n++;
	return true;
}

/*
 * A dot directory is a task or a run whose acceptance never ended: none is
 * being accepted now.
 */
static void
sweep(const char *name)
{
	if (name[0] == '.' && name[1] >= '0' && name[1] <= '9')
		store_remove_dir(dirfd(reading.dir), name);
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
		if (!append(entry->d_name, reading.day))
			sweep(entry->d_name);
	}
	return 1;
}

static void
stop_reading(void)
{
	if (reading.dir != NULL)
		closedir(reading.dir);
	strv_free(reading.days);
	memset(&reading, 0, sizeof(reading));
}

static int
begin_reading(struct error *err)
{
	if (fstatat(store_rootfd(), "tasks", &folder, 0) != 0)
		memset(&folder, 0, sizeof(folder));
	/* unless that passes there is nothing to find later, either */
	if (store_read_days(&reading.days, err) != 0 && error_passes(err))
		return -1;
	reading.began = true;
	return 1;
}

static void
swap(size_t i, size_t k)
{
	struct entry entry = entries[i];

	entries[i] = entries[k];
	entries[k] = entry;
}

/* Lets the entry at a place of the heap, which ends there, go down to its own. */
static void
sift(size_t at, size_t end)
{
	size_t next;

	while ((next = 2 * at + 1) < end) {
		if (next + 1 < end &&
		    in_order(&entries[next], &entries[next + 1]) < 0)
			next++;
		if (in_order(&entries[at], &entries[next]) >= 0)
			break;
		swap(at, next);
		at = next;
	}
}

/*
 * They come in the order of hashes: a heap sort, since it takes no memory and
 * can be done in steps.
 */
static int
sort_names(void)
{
	int i;

	if (!reading.read) {
		reading.read = true;
		reading.left = n + n / 2;
	}
	for (i = 0; i < RUN && reading.left > 1; i++) {
		if (--reading.left >= n)
			sift(reading.left - n, n);
		else {
			swap(0, reading.left);
			sift(0, reading.left);
		}
	}
	if (reading.left > 1)
		return 1;
	stop_reading();
	known = true;
	return 0;
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
	while (n_days > 0)
		free(days[--n_days].name);
	free(entries);
	free(days);
	entries = NULL;
	days = NULL;
	n = size = n_tasks = 0;
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
	store_unparse_uuid(entry->uuid, name->uuid);
	snprintf(name->path, sizeof(name->path), "tasks/%s/" ENTRY_NAME "%s",
	    days[entry->day].name, name->number, name->uuid,
	    entry->gone ? ".gone" : "");
}

/* The first entry with this number and UUID, or where it would be. */
static size_t
place_of(uint64_t number, const uuid_t uuid)
{
	struct entry at = { .number = number };
	size_t i = lower_bound(number, n);

	uuid_copy(at.uuid, uuid);
	while (i < n && in_order(&entries[i], &at) < 0)
		i++;
	return i;
}

/* Finds a task or, if there is none, its tombstone; NULL: neither. */
static struct entry *
find(uint64_t number, const char *text)
{
	struct entry *found = NULL;
	uuid_t uuid;
	size_t i;

	if (!known || uuid_parse(text, uuid) != 0)
		return NULL;
	for (i = place_of(number, uuid); i < n && entries[i].number == number &&
	     uuid_compare(entries[i].uuid, uuid) == 0;
	     i++)
		if (found == NULL || found->gone)
			found = &entries[i];
	return found;
}

bool
index_before(struct store_name *name)
{
	uuid_t uuid;
	size_t i = n;

	know();
	if (name->number != 0 && uuid_parse(name->uuid, uuid) == 0)
		i = place_of(name->number, uuid);
	else if (name->number != 0)
		i = lower_bound(name->number, n);
	while (i > 0 && entries[i - 1].gone)
		i--;
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
		if (entries[i - 1].gone)
			continue;
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
		if (!entries[i].gone)
			fill_in(&entries[i], &names[found++]);
	return found;
}

bool
index_buried(uint64_t number, struct store_name *name)
{
	bool buried = false;
	size_t i;

	know();
	for (i = lower_bound(number, n); i < n && entries[i].number == number;
	     i++) {
		if (!entries[i].gone)
			return false;
		fill_in(&entries[i], name);
		buried = true;
	}
	return buried;
}

bool
index_prefix(const char *prefix, struct store_name *name)
{
	size_t i, found = 0, len = strlen(prefix);
	char text[UUID_STR_LEN];

	know();
	for (i = 0; i < n && found < 2; i++) {
		if (entries[i].gone)
			continue;
		store_unparse_uuid(entries[i].uuid, text);
		if (strncmp(text, prefix, len) != 0)
			continue;
		found++;
		fill_in(&entries[i], name);
	}
	return found == 1;
}

bool
index_find(uint64_t number, const char *uuid, struct store_name *name)
{
	const struct entry *entry;

	know();
	entry = find(number, uuid);
	if (entry != NULL)
		fill_in(entry, name);
	return entry != NULL;
}

void
index_each_uuid(const uuid_t *uuids, size_t n_uuids,
    bool (*fn)(const struct store_name *name, size_t i, void *arg), void *arg)
{
	bool first[256] = { false }; /* some of them begin with this byte */
	struct store_name name;
	bool more = true;
	size_t i, k;

	know();
	for (k = 0; k < n_uuids; k++)
		first[uuids[k][0]] = true;
	for (i = n; more && i > 0; i--)
		for (k = 0;
		     more && first[entries[i - 1].uuid[0]] && k < n_uuids; k++)
			if (uuid_compare(entries[i - 1].uuid, uuids[k]) == 0) {
				fill_in(&entries[i - 1], &name);
				more = fn(&name, k, arg);
				break; /* it may be dropped now */
			}
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
	n = last;
	at = place_of(entry.number, entry.uuid);
	if (at < n && in_order(&entries[at], &entry) == 0) {
		days[entry.day].tasks--; /* the disk has told of it already */
		n_tasks--;
		return;
	}
	n++;
	/* one of a request that came again may be below others */
	memmove(&entries[at + 1], &entries[at], (last - at) * sizeof(entry));
	entries[at] = entry;
}

size_t
index_losses(void)
{
	return losses;
}

/* The task is a tombstone, or, as if it had never been, nothing. */
static void
lose(uint64_t number, const char *uuid, bool bury)
{
	struct entry *entry = find(number, uuid);

	if (entry == NULL || entry->gone)
		return;
	losses++;
	days[entry->day].tasks--;
	n_tasks--;
	if (bury)
		entry->gone = 1;
	else {
		n--;
		memmove(entry, entry + 1,
		    (size_t)(entries + n - entry) * sizeof(*entry));
	}
}

void
index_drop(uint64_t number, const char *uuid)
{
	lose(number, uuid, false);
}

void
index_bury(uint64_t number, const char *uuid)
{
	lose(number, uuid, true);
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

uint64_t
index_highest(void)
{
	return known && n > 0 ? entries[n - 1].number : 0;
}

size_t
index_count(uint64_t below)
{
	size_t i, count = 0;

	know();
	if (below == 0)
		return n_tasks;
	for (i = 0; i < n && entries[i].number < below; i++)
		count += !entries[i].gone;
	return count;
}

void
index_outlive(const char *before)
{
	const char *newest = "", *name;
	size_t i;

	know();
	for (i = 0; i < n; i++)
		if (strcmp(days[entries[i].day].name, newest) > 0)
			newest = days[entries[i].day].name;
	for (i = 0; i < n_days; i++) {
		name = days[i].name;
		days[i].over = days[i].tasks == 0 && strcmp(name, newest) < 0 &&
		    strlen(name) == strlen(before) && strcmp(name, before) < 0;
	}
}

bool
index_tombstone(size_t *at, struct store_name *name)
{
	for (; *at < n; ++*at)
		if (days[entries[*at].day].over) {
			fill_in(&entries[(*at)++], name);
			return true;
		}
	return false;
}

void
index_drop_days(void (*fn)(const char *day))
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++)
		if (!days[entries[i].day].over)
			entries[kept++] = entries[i];
	n = kept;
	for (i = 0; i < n_days; i++) {
		if (!days[i].over)
			continue;
		fn(days[i].name);
		days[i].name[0] = '\0'; /* no folder has this name */
		days[i].over = false;
	}
}

/* Whether the folder tasks/ is the one that was read. */
static bool
is_same_folder(void)
{
	struct stat st;

	return fstatat(store_rootfd(), "tasks", &st, 0) == 0 &&
	    st.st_dev == folder.st_dev && st.st_ino == folder.st_ino;
}

void
index_look_again(void)
{
	if ((known || reading.began) && !is_same_folder())
		index_forget();
}
