/*
 * Damaged files.  See damage.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/error.h"
#include "common/io.h"
#include "common/limits.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/record/damage.h"
#include "daemon/record/load.h"
#include "daemon/record/outcome.h"
#include "daemon/record/record.h"
#include "json/json.h"

bool
damage_is(const struct error *why)
{
	return why->code == ERR_INVALID || why->code == ERR_NOT_FOUND;
}

/* Whether the machine was started since the task was accepted, or may be. */
static bool
was_rebooted(const struct record *rec)
{
	const char *boot = rec->from.boot;
	struct machine here;

	machine_read(&here);
	return boot == NULL || strcmp(boot, here.boot) != 0;
}

static int64_t
made_at(int dirfd)
{
	struct stat st;

	if (fstat(dirfd, &st) != 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
}

/* A spec for what is known by its name only. */
static void
stand_in(struct record *rec, int dirfd)
{
	const char *name = strrchr(rec->path, '/');
	char created[TIMEFMT_SIZE];

	schema_clear(record_spec_fields, rec);
	name = name == NULL ? NULL : strchr(name, '-');
	rec->from.version = RECORD_VERSION;
	rec->from.uuid = xstrdup(name == NULL ? "" : name + 1);
	rec->from.owner = xstrdup("");
	rec->from.created_at = xstrdup(timefmt_iso(made_at(dirfd), created));
	rec->spec.cwd = xstrdup("/");
	rec->spec.shell = xstrdup("");
}

void
damage_fill_exit(struct record *rec, int dirfd, const struct error *why)
{
	struct exitrec *exit = &rec->exit;

	exit->ended_at = made_at(dirfd);
	exit->version = EXITREC_VERSION;
	exit->complete = true;
	exit->stop_reason = was_rebooted(rec) ? STOP_REBOOT : STOP_KEEPER_LOST;
	exit->elapsed = -1;
	if (!exit->main_exited)
		exit->exit_code = -1;
	snprintf(exit->note, sizeof(exit->note), "%.190s", why->text);
}

static void
load_exit(struct record *rec, int dirfd, const struct error *why)
{
	struct error err;

	if (record_read_exit(rec, dirfd, &err) != 0)
		damage_fill_exit(rec, dirfd, why);
}

/* Returns the directory of the current run, which may be dirfd. */
static int
open_run(struct record *rec, int dirfd, const struct run *run)
{
	int fd;

	if (run != NULL)
		rec->run = *run;
	else
		run_find(dirfd, 0, &rec->run);
	if (rec->run.number <= 1)
		return dirfd;
	fd = openat(dirfd, rec->run.name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		return dirfd;
	free(rec->dir);
	rec->dir = xasprintf("%s/%s", rec->path, rec->run.name);
	return fd;
}

void
damage_load(struct record *rec, int dirfd, const struct run *run,
    const struct error *why)
{
	struct json_object *spec;
	struct error err;
	int fd = open_run(rec, dirfd, run);

	snprintf(rec->damage, sizeof(rec->damage), "%.190s", why->text);
	error_clear(&err);
	schema_clear(record_spec_fields, rec);
	spec = json_read(dirfd, "spec.json", &err);
	if (spec == NULL ||
	    schema_load(record_spec_fields, spec, rec, &err) != 0 ||
	    rec->spec.cwd == NULL ||
	    task_label_check(rec->spec.label, "", "label", &err) != 0 ||
	    task_label_check(rec->from.group_name, "", "group", &err) != 0)
		stand_in(rec, dirfd);
	json_object_put(spec);
	load_exit(rec, fd, why);
	rec->seen_at = faccessat(fd, "seen", F_OK, AT_SYMLINK_NOFOLLOW) == 0 ?
	    1 :
	    0;
	outcome_judge(rec);
	if (fd != dirfd)
		close(fd);
}

static bool
is_missing(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
	    errno == ENOENT;
}

/*
 * Whether a file is missing or empty, or has bytes that were never written:
 * neither a text nor an environment has two NULs in a row.  One that cannot be
 * read now is not damaged.
 */
static bool
is_damaged(int dirfd, const char *name)
{
	char buf[8192], before = '\0';
	off_t size = 0;
	int fd = io_open_regular(dirfd, name, &size);
	bool good = fd == -1 ? errno != ENOENT : size > 0;
	ssize_t n, i;

	while (fd != -1 && good && (n = io_read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; good && i < n; before = buf[i++])
			good = buf[i] != '\0' || before != '\0';
	if (fd != -1)
		close(fd);
	return !good;
}

/* Whether the standard input of a command is not what it was given. */
static bool
is_other_stdin(int dirfd, const char *expected)
{
	char *data = xcalloc(STDIN_MAX_BYTES + 1, 1), *sum;
	int fd = io_open_regular(dirfd, "prompt", NULL);
	ssize_t n = fd == -1 ? -1 : io_read(fd, data, STDIN_MAX_BYTES + 1);
	struct buf text = { 0 };
	bool other = true;

	if (n > 0) {
		base64_encode(&text, data, (size_t)n);
		sum = task_stdin_sum(text.data);
		other = strcmp(sum, expected) != 0;
		free(sum);
	}
	if (fd != -1)
		close(fd);
	buf_clear(&text);
	free(data);
	return other;
}

/* In the boot of its acceptance nothing can be missing. */
bool
damage_may_start(const struct record *rec, int dirfd, struct error *err)
{
	const char *lacking = NULL;

	if (rec->damage[0] != '\0') {
		fail(err, ERR_INVALID, "%s", rec->damage);
		return false;
	}
	if (rec->from.boot == NULL || !was_rebooted(rec))
		return true;
	if (is_missing(dirfd, "env")) {
		fail(err, ERR_INVALID,
		    "it had been started: its environment is gone, but what "
		    "its keeper noted of it was not on the disk yet");
		return false;
	}
	if (is_damaged(dirfd, "env"))
		lacking = "env";
	else if (record_is_agent(rec) && is_damaged(dirfd, "prompt"))
		lacking = "prompt";
	else if (rec->from.stdin_sum != NULL &&
	    is_other_stdin(dirfd, rec->from.stdin_sum))
		lacking = "its standard input";
	if (lacking != NULL)
		fail(err, ERR_INVALID,
		    "%s is empty or damaged, as a power cut leaves it; "
		    "nobody had been told that it was accepted",
		    lacking);
	return lacking == NULL;
}

bool
damage_is_torn(int dirfd, const char *what)
{
	struct error err;
	struct json_object *object = json_read(dirfd, what, &err);
	bool torn = object == NULL && damage_is(&err);
	struct stat claim;

	json_object_put(object);
	if (torn || fstatat(dirfd, CLAIM_FILE, &claim, AT_SYMLINK_NOFOLLOW))
		return torn ||
		    (errno == ENOENT && is_missing(dirfd, "exit.json"));
	return claim.st_size == 0 &&
	    (is_damaged(dirfd, "prompt") ||
		(!is_missing(dirfd, "env") && is_damaged(dirfd, "env")));
}
