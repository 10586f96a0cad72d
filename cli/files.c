/*
 * The files of a task.  See files.h.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/files.h"
#include "cli/runs.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "cli/text.h"
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

static void
print_files(const struct task_info *task, const char *dir,
    struct json_object *files)
{
	struct json_object *file;
	int64_t bytes;
	char *name;
	size_t i;

	name = text_clean(dir, false);
	printf("%s %s\n", task->id, name);
	free(name);
	for (i = 0; i < json_object_array_length(files); i++) {
		file = json_object_array_get_idx(files, i);
		json_int_at(file, "bytes", &bytes);
		name = text_clean(json_string_at(file, "name"), false);
		printf("%12" PRId64 "  %s\n", bytes, name);
		free(name);
	}
}

/* Prints the files of a task, or (out) adds them to an array; takes files. */
static void
tell_files(const struct task_info *task, const char *dir,
    struct json_object *files, struct json_object *out)
{
	struct json_object *object;

	if (out == NULL) {
		print_files(task, dir, files);
		json_object_put(files);
		return;
	}
	object = json_object_new_object();
	json_add_string(object, "id", task->id);
	json_add_string(object, "dir", dir);
	json_add(object, "files", files);
	json_object_array_add(out, object);
}

int
files_show(const struct tasks *tasks, bool json)
{
	struct json_object *whole = NULL, *out = NULL, *files;
	struct error err;
	int status = 0;
	char *dir;
	size_t i;

	if (json) {
		whole = json_object_new_object();
		out = json_object_new_array();
		json_add(whole, "tasks", out);
	}
	for (i = 0; i < tasks->n; i++) {
		dir = runs_dir(&tasks->info[i], 1, &err);
		files = files_in(dir, &err);
		if (files == NULL)
			status = say_failed(&err);
		else
			tell_files(&tasks->info[i], dir, files, out);
		free(dir);
	}
	if (json)
		text_print_json(whole);
	json_object_put(whole);
	return status;
}
