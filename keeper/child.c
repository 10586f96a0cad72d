/*
 * Starting the program of a task.  See child.h.
 *
 * By vfork, which copies nothing: the child runs on our memory while we
 * wait, makes only async-signal-safe calls, and says there what failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/attributes.h"
#include "common/step.h"
#include "keeper/cgroup.h"
#include "keeper/child.h"
#include "keeper/environment.h"
#include "keeper/explain.h"
#include "keeper/keeper.h"
#include "keeper/path_lookup.h"
#include "keeper/record.h"

/* The kernel takes tasks before it takes daemon and keepers (proc(5)). */
#define OOM_SCORE_ADJ 500

struct start {
	const struct keeper_options *options;
	const struct cgroup *cgroup;
	char *const *envp;
	int fds[3];
	struct attributes wanted;
	uint32_t ignored;
	/* written by the child */
	struct attributes got;
	const char *volatile stage;
	volatile int errnum;
};

/* For reading, too: by the keeper, which looks at what is written. */
static int
open_output(int dirfd, const char *name)
{
	return openat(dirfd, name,
	    O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
}

static int
open_prompt(int dirfd)
{
	int fd = openat(dirfd, "prompt", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		fd = openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC);
	return fd;
}

/* Everything that the child needs; on failure stage says which part. */
static int
prepare(struct start *start, int dirfd, struct environment *env)
{
	int rc;

	start->stage = "env";
	rc = environment_take(env, dirfd);
	STEP("keep-env-removed");
	if (rc != 0)
		return -1;
	start->envp = env->vector;
	start->stage = "prompt";
	start->fds[0] = open_prompt(dirfd);
	if (start->fds[0] < 0)
		return -1;
	start->stage = "output";
	start->fds[1] = open_output(dirfd, "stdout");
	if (start->fds[1] < 0)
		return -1;
	start->fds[2] = open_output(dirfd, "stderr");
	return start->fds[2] < 0 ? -1 : 0;
}

static const char *
get_path(char *const *envp)
{
	for (; *envp != NULL; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return NULL;
}

/* Does what execvpe(3) does, but gives no text file to a shell. */
static void
search_and_exec(const struct start *start)
{
	char *const *argv = start->options->argv;
	char path[PATH_MAX];
	struct path_lookup lookup;
	int errnum = ENOENT;

	if (strchr(argv[0], '/') != NULL) {
		execve(argv[0], argv, start->envp);
		return;
	}
	path_lookup_init(&lookup, argv[0], get_path(start->envp));
	while (argv[0][0] != '\0' &&
	    path_lookup_next(&lookup, path, sizeof(path))) {
		execve(path, argv, start->envp);
		if (!path_lookup_goes_on(errno))
			return;
		if (errno == EACCES)
			errnum = EACCES;
	}
	errno = errnum;
}

static void
set_nofile(int nofile)
{
	struct rlimit limit;

	if (nofile < 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = (rlim_t)nofile;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* The daemon ignores none for us; who has started us by hand may do so. */
static void
reset_signals(uint32_t ignored)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	int sig;

	for (sig = 1; ignored != 0; sig++, ignored >>= 1)
		if ((ignored & 1) != 0)
			sigaction(sig, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run(struct start *start) __attribute__((noreturn, noinline));

/* Runs in the child, on the memory of the keeper. */
static void
run(struct start *start)
{
	const struct keeper_options *options = start->options;
	int i;

	setsid();
	/* One that systemd has removed meanwhile is no reason not to run. */
	(void)cgroup_enter(start->cgroup);
	if (options->umask >= 0)
		umask((mode_t)options->umask);
	start->stage = "output";
	/* None of fds is below 3, so each one loses close-on-exec. */
	for (i = 0; i < 3; i++)
		if (dup2(start->fds[i], i) < 0)
			goto out;
	start->stage = "cwd";
	if (options->cwd != NULL && chdir(options->cwd) != 0)
		goto out;
	start->stage = "exec";
	set_nofile(options->nofile);
	if (options->inherits)
		attributes_apply(&start->wanted, &start->got);
	else
		attributes_set_oom(OOM_SCORE_ADJ);
	reset_signals(start->ignored);
	search_and_exec(start);
out:
	start->errnum = errno;
	_exit(127);
}

static pid_t
spawn(struct start *start)
{
	pid_t pid;

	start->stage = "fork";
	pid = vfork();
	if (pid == 0)
		run(start);
	if (pid < 0)
		return -1;
	if (start->errnum != 0) {
		waitpid(pid, NULL, 0);
		errno = start->errnum;
		return -1;
	}
	return pid;
}

static void
clear(struct start *start)
{
	int i;

	for (i = 0; i < 3; i++)
		if (start->fds[i] >= 0)
			close(start->fds[i]);
}

pid_t
child_start(const struct keeper_options *options, const struct record *record,
    struct environment *env, int outputs[2], struct child_failure *failure)
{
	struct start start = { .options = options,
		.cgroup = &record->cgroup,
		.wanted = options->inherited,
		.ignored = record->ignored,
		.fds = { -1, -1, -1 } };
	pid_t pid = -1;

	if (start.wanted.oom < OOM_SCORE_ADJ)
		start.wanted.oom = OOM_SCORE_ADJ;
	failure->lacks[0] = failure->why[0] = '\0';
	if (prepare(&start, record->dirfd, env) == 0) {
		STEP("keep-unstarted");
		pid = spawn(&start);
	}
	if (pid < 0) {
		failure->errnum = errno;
		failure->stage = start.stage;
		if (strcmp(failure->stage, "exec") == 0)
			explain_exec(options->argv[0], options->cwd,
			    get_path(start.envp), failure->errnum, failure->why,
			    sizeof(failure->why));
	} else {
		if (options->inherits)
			attributes_differ(&start.wanted, &start.got,
			    failure->lacks, sizeof(failure->lacks));
		memcpy(outputs, start.fds + 1, 2 * sizeof(outputs[0]));
		start.fds[1] = start.fds[2] = -1;
	}
	clear(&start);
	return pid;
}
