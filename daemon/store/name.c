/*
 * The store: names of tasks and days, read from its folders.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/store/files.h"
#include "daemon/store/name.h"

#define UUID_LEN 36
/* More digits than those of UINT64_MAX would run over. */
#define NUMBER_LEN 19

static int
hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	    c >= 'a' && c <= 'f'    ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F'    ? c - 'A' + 10 :
				      -1;
}

/* 8-4-4-4-12 digits; returns what comes after them, or NULL. */
static const char *
parse_uuid(const char *text, uuid_t uuid)
{
	int i, high, low;

	for (i = 0; i < 16; i++) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return NULL;
		high = hex(*text++);
		low = high == -1 ? -1 : hex(*text++);
		if (low == -1)
			return NULL;
		uuid[i] = (unsigned char)(high << 4 | low);
	}
	return text;
}

void
store_unparse_uuid(const uuid_t uuid, char text[37])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*text++ = '-';
		*text++ = digits[uuid[i] >> 4];
		*text++ = digits[uuid[i] & 15];
	}
	*text = '\0';
}

bool
store_parse_entry(const char *entry, uint64_t *number, uuid_t uuid,
    const char **rest)
{
	const char *at = entry;

	*number = 0;
	while (*at >= '0' && *at <= '9' && at - entry < NUMBER_LEN)
		*number = *number * 10 + (uint64_t)(*at++ - '0');
	if (at == entry || *at++ != '-')
		return false;
	*rest = parse_uuid(at, uuid);
	return *rest != NULL;
}

bool
store_parse_name(const char *dir, const char *entry, struct store_name *name)
{
	const char *rest;
	uuid_t uuid;

	if (!store_parse_entry(entry, &name->number, uuid, &rest))
		return false;
	memcpy(name->uuid, rest - UUID_LEN, UUID_LEN);
	name->uuid[UUID_LEN] = '\0';
	return (size_t)snprintf(name->path, sizeof(name->path), "%s/%s", dir,
		   entry) < sizeof(name->path);
}

bool
store_is_tombstone(const struct store_name *name)
{
	size_t len = strlen(name->path);

	return len > 5 && strcmp(name->path + len - 5, ".gone") == 0;
}

const char *
store_day(const struct store_name *name)
{
	return name->path + strlen("tasks/");
}

static void
add_name(struct store_names *names, const struct store_name *name)
{
	if (names->n == names->size) {
		names->size = names->size == 0 ? 64 : names->size * 2;
		names->items = xreallocarray(names->items, names->size,
		    sizeof(*names->items));
	}
	names->items[names->n++] = *name;
}

int
store_read_names(const char *path, struct store_names *names, struct error *err)
{
	struct store_name name;
	struct dirent *entry;
	DIR *dir = store_open_dir(store_rootfd(), path);

	while (dir != NULL && (errno = 0, entry = readdir(dir)) != NULL)
		if (store_parse_name(path, entry->d_name, &name))
			add_name(names, &name);
	if (dir == NULL || errno != 0) {
		fail_errno(err, "cannot read %s/%s", store_root(), path);
		if (dir != NULL)
			closedir(dir);
		return -1;
	}
	closedir(dir);
	return 0;
}

static int
day_newest_first(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

int
store_read_days(char ***days, struct error *err)
{
	struct dirent *entry;
	DIR *dir = store_open_dir(store_rootfd(), "tasks");

	*days = NULL;
	while (dir != NULL && (errno = 0, entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			*days = strv_add(*days, entry->d_name);
	if (*days != NULL)
		qsort(*days, strv_len(*days), sizeof(**days), day_newest_first);
	if (dir != NULL && errno == 0) {
		closedir(dir);
		return 0;
	}
	fail_errno(err, "cannot read %s/tasks", store_root());
	if (dir != NULL)
		closedir(dir);
	return -1;
}

char **
store_days(void)
{
	struct error err;
	char **days;

	if (store_read_days(&days, &err) != 0)
		log_warnx("%s", err.text);
	return days;
}
