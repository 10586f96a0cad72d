/*
 * Reading records from disk: what was asked, the run that counts, how that
 * ended.  See load.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/mem.h"
#include "daemon/agent/profile.h"
#include "daemon/agent/result.h"
#include "daemon/config.h"
#include "daemon/record/load.h"
#include "daemon/record/outcome.h"
#include "daemon/record/record.h"
#include "json/json.h"

/*
 * Members that are always written together must be there together, and names
 * be names: they are offered as words of command lines.
 */
static bool
consistent(const struct record *rec)
{
	struct error ignored = { 0 };
	const struct record_origin *from = &rec->from;

	return rec->spec.cwd != NULL &&
	    task_label_check(rec->spec.label, "", "label", &ignored) == 0 &&
	    task_label_check(from->group_name, "", "group", &ignored) == 0 &&
	    (from->group == NULL ||
		(from->group[0] == 'g' &&
		    from->group[1 + strspn(from->group + 1, "0123456789")] ==
			'\0')) &&
	    (from->group != NULL ||
		(from->group_name == NULL && from->max_parallel == 0 &&
		    from->max_budget_usd == 0));
}

/* A later version may have other members, so its number is looked at first. */
static int
load_spec(struct record *rec, int dirfd, struct error *err)
{
	struct json_object *object = json_read(dirfd, "spec.json", err);
	int64_t version = 0;
	int problems = 1;

	if (object == NULL)
		return -1;
	if (json_int_at(object, "version", &version) &&
	    version > RECORD_VERSION)
		fail(err, ERR_NEWER,
		    "version %lld is newer than this program's %d",
		    (long long)version, RECORD_VERSION);
	else
		problems = schema_load(record_spec_fields, object, rec, err);
	json_object_put(object);
	if (problems == 0 && !consistent(rec)) {
		fail(err, ERR_INVALID,
		    "cwd or group is missing, or a name is none");
		problems = 1;
	}
	if (problems != 0)
		fail_prefix(err, "spec.json");
	return problems == 0 ? 0 : -1;
}

static bool
there(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Returns when a file was written, in ms; 0: there is none. */
static int64_t
made_at(int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
}

int
record_read_exit(struct record *rec, int dirfd, struct error *err)
{
	int result = exitrec_read(dirfd, "exit.json", &rec->exit, err);

	if (result != 0 && err->code == ERR_NOT_FOUND &&
	    there(dirfd, "exit.json")) {
		/* a keeper may have made it between these two looks */
		result = exitrec_read(dirfd, "exit.json", &rec->exit, err);
		if (result != 0 && err->code == ERR_NOT_FOUND)
			fail(err, ERR_INVALID, "exit.json is empty");
	}
	if (result == 0 && !rec->exit.complete) {
		fail(err, ERR_INVALID, "exit.json ends in the middle");
		result = -1;
	}
	if (result == 0 && rec->exit.version > EXITREC_VERSION) {
		fail(err, ERR_NEWER,
		    "exit.json: version %lld is newer than this program's %d",
		    (long long)rec->exit.version, EXITREC_VERSION);
		result = -1;
	}
	if (result != 0)
		memset(&rec->exit, 0, sizeof(rec->exit));
	return result;
}

/* Returns the conversation of the run before, or NULL; the caller frees. */
static char *
conversation_before(const struct record *rec, int dirfd)
{
	struct agent_result *before;
	char *id = NULL;
	int taskfd = openat(dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (taskfd == -1)
		return NULL;
	before = record_result_of(rec, taskfd, rec->run.number - 1);
	if (before != NULL)
		id = xstrdup(before->session_id);
	agent_result_free(before);
	close(taskfd);
	return id;
}

/* An agent that does not name its conversation was told a name for it. */
static void
name_conversation(const struct record *rec, int dirfd,
    struct agent_result *result)
{
	const struct run *run = &rec->run;

	if (result->session_id != NULL || result->text == NULL)
		return;
	if (run->number == 1)
		result->session_id = xstrdup(rec->from.uuid);
	else if (run->asked.fresh)
		result->session_id = xstrdup(run->asked.uuid);
	else
		result->session_id = conversation_before(rec, dirfd);
}

struct agent_result *
record_read_output(const struct record *rec, int dirfd)
{
	const struct task_spec *spec = &rec->spec;
	const struct agent_profile *profile;
	struct agent_result *result;

	if (task_spec_is_claude(spec))
		return agent_result_read(dirfd);
	profile = config_profile(spec->options.profile);
	result = agent_profile_result(profile, dirfd);
	if (profile != NULL && agent_profile_names(profile))
		name_conversation(rec, dirfd, result);
	return result;
}

/* The result is cached in result.json, and can be read from the output. */
static struct agent_result *
read_result(const struct record *rec, int dirfd)
{
	struct agent_result *result = NULL;
	struct json_object *object;
	struct error err;

	object = json_read(dirfd, "result.json", &err);
	if (object != NULL) {
		result = agent_result_decode(object, &err);
		json_object_put(object);
	}
	return result == NULL ? record_read_output(rec, dirfd) : result;
}

struct agent_result *
record_result_of(const struct record *rec, int taskfd, unsigned n)
{
	struct record of = *rec; /* borrows */
	struct agent_result *result;
	char name[RUN_NAME_SIZE];
	int dirfd;

	if (!run_find_name(taskfd, n, name))
		return NULL;
	if (n != rec->run.number)
		of.run = (struct run){ .number = n };
	if (n == 1)
		return read_result(&of, taskfd);
	dirfd = openat(taskfd, name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (dirfd == -1)
		return agent_result_unopened();
	result = read_result(&of, dirfd);
	close(dirfd);
	return result;
}

static bool
says_nothing(const struct agent_result *result)
{
	return result == NULL || (!result->found && result->text == NULL);
}

void
record_inherit_result(struct record *rec, int taskfd)
{
	struct agent_result *before;
	unsigned n = rec->run.number;

	while (record_ended(rec) && says_nothing(rec->result) && n-- > 1) {
		before = record_result_of(rec, taskfd, n);
		if (says_nothing(before)) {
			agent_result_free(before);
			continue;
		}
		agent_result_free(rec->result);
		rec->result = before;
	}
}

/* Reads the exit record and result of a run; without a record it is queued. */
static int
load_run(struct record *rec, int dirfd, struct error *err)
{
	if (record_read_exit(rec, dirfd, err) != 0) {
		if (err->code != ERR_NOT_FOUND)
			return -1;
		if (there(dirfd, CLAIM_FILE)) {
			outcome_stands(rec, STATE_QUEUED);
			return 0;
		}
		if (errno != ENOENT) {
			fail_errno(err, "cannot look for the claim");
			return -1;
		}
		/* the claim became exit.json meanwhile, or both are gone */
		if (record_read_exit(rec, dirfd, err) != 0) {
			if (err->code == ERR_NOT_FOUND)
				fail(err, ERR_INVALID,
				    "neither run nor exit.json is there");
			return -1;
		}
	}
	if (record_is_agent(rec))
		rec->result = read_result(rec, dirfd);
	rec->seen_at = made_at(dirfd, "seen");
	outcome_judge(rec);
	return 0;
}

/* A later run has a directory of its own. */
static int
load_later_run(struct record *rec, int taskfd, struct error *err)
{
	int result,
	    dirfd = openat(taskfd, rec->run.name,
		O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (dirfd == -1) {
		fail_errno(err, "cannot open %s", rec->run.name);
		return -1;
	}
	free(rec->dir);
	rec->dir = xasprintf("%s/%s", rec->path, rec->run.name);
	result = run_load(&rec->run, dirfd, err);
	if (result == 0)
		result = load_run(rec, dirfd, err);
	if (result != 0)
		fail_prefix(err, "%s", rec->run.name);
	else
		record_inherit_result(rec, taskfd);
	close(dirfd);
	return result;
}

int
record_load(struct record *rec, int dirfd, const struct run *run,
    struct error *err)
{
	int result;

	if (load_spec(rec, dirfd, err) != 0)
		return -1;
	waiting_fill(&rec->waiting, &rec->spec);
	if (run != NULL)
		rec->run = *run;
	else if (record_is_agent(rec))
		run_find(dirfd, 0, &rec->run);
	result = rec->run.number > 1 ? load_later_run(rec, dirfd, err) :
				       load_run(rec, dirfd, err);
	if (result == 0 && !record_ended(rec))
		result = waiting_load(&rec->waiting, &rec->spec, dirfd, err);
	return result;
}
