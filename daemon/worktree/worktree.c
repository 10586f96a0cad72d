/*
 * Worktrees of tasks.  See worktree.h.
 *
 * The file `worktree` in a task's directory has five lines: the commit that
 * it was made from, its branch, the git that made it, the repository, and
 * "made" once all is there.  It is written before anything is made, so that
 * nothing can be there that nobody knows of.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/store/store.h"
#include "daemon/worktree/worktree.h"
#include "json/json.h"
#include "json/schema.h"

/* Two ids, and paths of git and of the repository. */
#define FILE_MAX_BYTES 16384

/*
 * In the task, before its program: arguments are the task's directory, the
 * place of the worktree, its branch, the branch if there is such a one
 * already, and the program.  Stdout is the program's, and stdin its prompt.
 * A worktree that was half made is made again, one that was removed since is
 * made from its branch.
 *
 * Git is tried several times: it reads what another one is about to write
 * for another worktree of the same repository, and fails of that.
 */
static const char make_script[] =
    "die() { printf 'ccproc: no worktree: %s\\n' \"$*\" >&2; exit 125; }\n"
    "task=$1 dir=$2 branch=$3 other=$4\n"
    "shift 4\n"
    "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_PREFIX "
    "GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
    "git=$(command -v git) || die 'git was not found in PATH'\n"
    "g() { GIT_TERMINAL_PROMPT=0 \"$git\" -c core.fsmonitor=false \"$@\" "
    "</dev/null; }\n"
    "has() { g show-ref --verify --quiet \"refs/heads/$1\"; }\n"
    "sub=$(g rev-parse --show-prefix) ||\n"
    "	die \"git does not take $PWD for a part of a repository\"\n"
    "fresh=\n"
    "if [ ! -s \"$task/worktree\" ]; then\n"
    "	fresh=1\n"
    "	base=$(g rev-parse --verify --quiet 'HEAD^{commit}') ||\n"
    "		die \"the repository of $PWD has no commit yet; make one\"\n"
    "	common=$(g rev-parse --git-common-dir) &&\n"
    "		common=$(cd \"$common\" && pwd -P) ||\n"
    "		die 'git does not tell where the repository is'\n"
    "	[ ! -e \"$dir\" ] || die \"$dir is there already, from another "
    "task\"\n"
    "	if has \"$branch\"; then branch=$other; fi\n"
    "	printf '%s\\n' \"$base\" \"$branch\" \"$git\" \"$common\" "
    ">\"$task/worktree.tmp\" &&\n"
    "		mv -f \"$task/worktree.tmp\" \"$task/worktree\" ||\n"
    "		die \"$task cannot be written\"\n"
    "fi\n"
    "made=\n"
    "{ IFS= read -r base; IFS= read -r branch; IFS= read -r old; "
    "IFS= read -r common; IFS= read -r made; } <\"$task/worktree\"\n"
    "add() {\n"
    "	[ -n \"$fresh$made\" ] || { rm -rf \"$dir\"\n"
    "		g worktree remove -f -f \"$dir\" >/dev/null 2>&1; }\n"
    "	fresh=\n"
    "	if [ -n \"$made\" ] && has \"$branch\"; then\n"
    "		g worktree add -q -f -f \"$dir\" \"$branch\"\n"
    "	else\n"
    "		g worktree add -q -f -f -B \"$branch\" \"$dir\" \"$base\"\n"
    "	fi >\"$task/worktree.tmp\" 2>&1\n"
    "}\n"
    "if [ -z \"$made\" ] || [ ! -d \"$dir\" ]; then\n"
    "	tries=1\n"
    "	until add; do\n"
    "		[ $tries -lt 6 ] || {\n"
    "			cat \"$task/worktree.tmp\" >&2\n"
    "			die \"git could not make $dir\"; }\n"
    "		sleep 0.$tries\n"
    "		tries=$((tries + 1))\n"
    "	done\n"
    "	cat \"$task/worktree.tmp\" >&2\n"
    "	rm -f \"$task/worktree.tmp\"\n"
    "	echo made >>\"$task/worktree\" || die \"$task cannot be written\"\n"
    "fi\n"
    "cd \"$dir/$sub\" 2>/dev/null || {\n"
    "	mkdir -p \"$dir/$sub\" && cd \"$dir/$sub\"; } ||\n"
    "	die \"$dir/$sub cannot be entered\"\n"
    "exec \"$@\"\n";

/* As it stands in worktree.json and, all of it, in the task's own JSON. */
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

/* A label may have dots where git's names may not. */
static char *
name_of(const struct record *rec)
{
	const char *label = rec->spec.label;
	char *name = label == NULL ?
	    xasprintf("t%" PRIu64, rec->number) :
	    xasprintf("t%" PRIu64 "-%s", rec->number, label);
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

char **
worktree_argv(const struct record *rec, char *const *program)
{
	char *name = name_of(rec), *path = worktree_path(rec);
	char *branch = xasprintf("ccproc/%s", name);
	char *other = xasprintf("%s-%.8s", branch, rec->from.uuid);
	const char *words[] = { "/bin/sh", "-c", make_script, "ccproc-worktree",
		store_full_path(rec->path), path, branch, other };
	char **argv = NULL;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		argv = strv_add(argv, words[i]);
	for (; *program != NULL; program++)
		argv = strv_add(argv, *program);
	free(name);
	free(path);
	free(branch);
	free(other);
	return argv;
}

bool
worktree_made(const struct record *rec)
{
	return rec->spec.worktree != 0 &&
	    store_file_bytes(rec->path, WORKTREE_FILE) > 0;
}

/* The first lines of the file; the caller frees.  NULL: there is none. */
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

/* The n-th line from 0, which the caller frees; NULL: there is none. */
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
	memset(summary, 0, sizeof(*summary));
	error_clear(&err);
	if (schema_load(summary_fields, object, summary, &err) != 0) {
		memset(summary, 0, sizeof(*summary));
		schema_load(summary_fields, NULL, summary, &err);
	}
	json_object_put(object);
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

static const char *
plural(int64_t n)
{
	return n == 1 ? "" : "s";
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
