/*
 * Worktrees of tasks.  See worktree.h, and worktree.sh for what is in the
 * file `worktree` of a task's directory.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "common/paths.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/worktree/worktree.h"
#include "json/json.h"
#include "json/schema.h"

/* The file has a commit, a branch, two paths and a word. */
#define FILE_MAX_BYTES 16384

/* The members of worktree.json; the task's own JSON has them all, too. */
#define FIGURE(m) \
	INTEGER(struct worktree_summary, m, .min = -1, .max = INT64_MAX, \
	    .absent = -1)

static const struct field summary_fields[] = {
	FIGURE(commits),
	FIGURE(files_changed),
	FIGURE(insertions),
	FIGURE(deletions),
	FIGURE(untracked),
	BOOLEAN(struct worktree_summary, dirty, .absent = -1),
	END_OF_FIELDS,
};

/* Labels may have dots where git allows none in the names of branches. */
static char *
name_of(const struct record *rec)
{
	const char *label = rec->spec.label;
	char *name = label == NULL ? xasprintf(TASK_ID, rec->number) :
				     xasprintf(TASK_NAME, rec->number, label);
	char *at = name;

	while ((at = strchr(at, '.')) != NULL)
		*at = '-';
	return name;
}

char *
worktree_path(const struct record *rec)
{
	char *name = name_of(rec);
	char *path = xasprintf("%s/worktrees/%s", store_root(), name);

	free(name);
	return path;
}

int
worktree_check(struct error *err)
{
	char path[PATH_MAX];

	return paths_libexec("worktree.sh", path, sizeof(path), err);
}

char **
worktree_script(const struct record *rec, const char *verb, struct error *err)
{
	char script[PATH_MAX], **argv, *name, *path, *branch, *other;

	if (paths_libexec("worktree.sh", script, sizeof(script), err) != 0)
		return NULL;
	argv = strv_add(strv_add(NULL, script), verb);
	name = name_of(rec);
	path = worktree_path(rec);
	branch = xasprintf("ccproc/%s", name);
	other = xasprintf("%s-%.8s", branch, rec->from.uuid);
	argv = strv_add(argv, store_full_path(rec->path));
	argv = strv_add(argv, path);
	argv = strv_add(argv, branch);
	argv = strv_add(argv, other);
	free(name);
	free(path);
	free(branch);
	free(other);
	return argv;
}

char **
worktree_argv(const struct record *rec, char *const *program, struct error *err)
{
	char **argv = worktree_script(rec, "make", err);

	for (; argv != NULL && *program != NULL; program++)
		argv = strv_add(argv, *program);
	return argv;
}

bool
worktree_made(const struct record *rec)
{
	return rec->spec.worktree != 0 &&
	    store_file_bytes(rec->path, WORKTREE_FILE) > 0;
}

/* Returns the file's text, which the caller frees; NULL: no file. */
static char *
read_file(const struct record *rec)
{
	struct error err;
	int dirfd = store_open_task(rec->path, &err), fd = -1;
	char *text = NULL;

	if (dirfd != -1) {
		fd = openat(dirfd, WORKTREE_FILE,
		    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		close(dirfd);
	}
	if (fd == -1)
		return NULL;
	text = xcalloc(1, FILE_MAX_BYTES + 1);
	if (read(fd, text, FILE_MAX_BYTES) <= 0)
		text[0] = '\0';
	close(fd);
	return text;
}

/* Returns the n-th line, counted from 0; the caller frees.  NULL: none. */
static char *
line_of(const struct record *rec, int n)
{
	char *text = read_file(rec), *at = text, *line = NULL;

	for (; at != NULL && n > 0; n--) {
		at = strchr(at, '\n');
		at = at == NULL ? NULL : at + 1;
	}
	if (at != NULL && *at != '\0' && *at != '\n')
		line = xstrndup(at, strcspn(at, "\n"));
	free(text);
	return line;
}

static char *
branch_of(const struct record *rec)
{
	return line_of(rec, 1);
}

void
worktree_read_summary(const struct record *rec,
    struct worktree_summary *summary)
{
	struct json_object *object = NULL;
	struct error err;
	int dirfd = store_open_task(rec->path, &err);

	if (dirfd != -1) {
		object = json_read(dirfd, WORKTREE_SUMMARY, &err);
		close(dirfd);
	}
	worktree_take_summary(object, summary);
	json_object_put(object);
}

bool
worktree_take_summary(struct json_object *object,
    struct worktree_summary *summary)
{
	struct error err;

	memset(summary, 0, sizeof(*summary));
	error_clear(&err);
	if (schema_load(summary_fields, object, summary, &err) == 0)
		return object != NULL;
	memset(summary, 0, sizeof(*summary));
	schema_load(summary_fields, NULL, summary, &err);
	return false;
}

int
worktree_write_summary(const struct record *rec,
    const struct worktree_summary *summary, struct error *err)
{
	struct json_object *object = json_object_new_object();
	const char *text;
	size_t len;
	int result;

	schema_encode(summary_fields, summary, object);
	text = json_text(object, &len);
	result = store_write_small(rec->path, WORKTREE_SUMMARY, text, len, err);
	json_object_put(object);
	return result;
}

bool
worktree_is_clean(const struct worktree_summary *summary)
{
	return summary->commits == 0 && summary->dirty == 0;
}

static void
describe_changes(const struct worktree_summary *s, struct buf *out)
{
	if (s->commits > 0)
		buf_printf(out, ", %" PRId64 " commit%s", s->commits,
		    plural(s->commits));
	if (s->files_changed > 0)
		buf_printf(out, ", %" PRId64 " file%s +%" PRId64 " -%" PRId64,
		    s->files_changed, plural(s->files_changed), s->insertions,
		    s->deletions);
	if (s->untracked > 0)
		buf_printf(out, ", %" PRId64 " untracked", s->untracked);
	if (s->dirty > 0)
		buf_puts(out, ", not all committed");
}

void
worktree_describe(const struct record *rec, struct buf *out)
{
	char *path = worktree_path(rec), *branch = branch_of(rec);
	struct buf changes = { 0 };
	struct worktree_summary summary;

	buf_printf(out, "worktree %s", path);
	if (branch != NULL)
		buf_printf(out, ", branch %s", branch);
	worktree_read_summary(rec, &summary);
	if (worktree_is_clean(&summary))
		buf_puts(out, ": no changes");
	else if (summary.commits != -1) {
		describe_changes(&summary, &changes);
		buf_printf(out, ":%s", changes.data + 1);
	}
	buf_clear(&changes);
	free(path);
	free(branch);
}

static void
add_figures(const struct record *rec, struct json_object *object)
{
	struct worktree_summary s;

	worktree_read_summary(rec, &s);
	json_add_known(object, "commits", s.commits);
	json_add_known(object, "files_changed", s.files_changed);
	json_add_known(object, "insertions", s.insertions);
	json_add_known(object, "deletions", s.deletions);
	json_add_known(object, "untracked", s.untracked);
	if (s.dirty == -1)
		json_add_string(object, "dirty", NULL);
	else
		json_add_bool(object, "dirty", s.dirty != 0);
}

struct json_object *
worktree_json(const struct record *rec)
{
	struct json_object *object;
	char *text;

	if (!worktree_made(rec))
		return NULL;
	object = json_object_new_object();
	text = worktree_path(rec);
	json_add_string(object, "path", text);
	free(text);
	text = branch_of(rec);
	json_add_string(object, "branch", text);
	free(text);
	text = line_of(rec, 0);
	json_add_string(object, "base", text);
	free(text);
	add_figures(rec, object);
	return object;
}
