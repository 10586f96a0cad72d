/*
 * The files of a task.  See files.h.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/files.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

static int add_folder(struct json_object *out, const char *dir,
    const char *prefix);

/* A file that goes away meanwhile is left out. */
static void
add_entry(struct json_object *out, const char *dir, const char *prefix,
    const char *entry)
{
	char *path = xasprintf("%s/%s", dir, entry);
	char *name = xasprintf("%s%s", prefix, entry);
	struct json_object *file;
	struct stat st;
	char *inside;

	if (lstat(path, &st) != 0)
		;
	else if (S_ISDIR(st.st_mode) && *prefix == '\0') {
		inside = xasprintf("%s/", name);
		add_folder(out, path, inside);
		free(inside);
	} else {
		file = json_object_new_object();
		json_add_string(file, "name", name);
		json_add_int(file, "bytes", st.st_size);
		json_object_array_add(out, file);
	}
	free(name);
	free(path);
}

static int
is_entry(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	    strcmp(entry->d_name, "..") != 0;
}

/* Adds what is in a folder, with a prefix before the names. */
static int
add_folder(struct json_object *out, const char *dir, const char *prefix)
{
	struct dirent **entries;
	int i, n = scandir(dir, &entries, is_entry, versionsort);

	for (i = 0; i < n; i++) {
		add_entry(out, dir, prefix, entries[i]->d_name);
		free(entries[i]);
	}
	if (n != -1)
		free(entries);
	return n;
}

struct json_object *
files_in(const char *dir, struct error *err)
{
	struct json_object *out = json_object_new_array();

	if (add_folder(out, dir, "") != -1)
		return out;
	fail_errno(err, "cannot read %s", dir);
	json_object_put(out);
	return NULL;
}
