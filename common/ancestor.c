/*
 * Keepers among our ancestors.  See ancestor.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/ancestor.h"
#include "common/keeperctl.h"
#include "common/pidfd.h"

/* More ancestors than any process has; /proc may change while we walk. */
#define ANCESTORS_MAX 1000

/* The beginning of a file of /proc, as strings when it holds NULs. */
static ssize_t
read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return n;
}

bool
ancestor_read(pid_t pid, struct ancestor *ancestor)
{
	char stat[1024];
	const char *name, *end;
	long long started;
	int parent, session;

	memset(ancestor, 0, sizeof(*ancestor));
	if (read_proc(pid, "stat", stat, sizeof(stat)) <= 0 ||
	    (name = strchr(stat, '(')) == NULL ||
	    (end = strrchr(stat, ')')) == NULL ||
	    sscanf(end,
		") %*c %d %*s %d %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		"%*s %*s %*s %*s %*s %*s %lld",
		&parent, &session, &started) != 3)
		return false;
	ancestor->parent = (pid_t)parent;
	ancestor->session = (pid_t)session;
	ancestor->started = started;
	ancestor->keeper = strncmp(name, "(ccproc-keeper)", 15) == 0;
	return true;
}

/*
 * The folder of the task that a keeper was told to keep, inside of text: by
 * its environment, or by its command line where an earlier daemon has started
 * it.  NULL: unknown.
 */
static const char *
kept_folder(pid_t keeper, char *text, size_t size)
{
	static const char variable[] = KEEPER_VARIABLE "=";
	ssize_t n = read_proc(keeper, "environ", text, size);
	const char *p, *last = "";

	for (p = text; p < text + n; p += strlen(p) + 1)
		if (strncmp(p, variable, sizeof(variable) - 1) == 0)
			return p + sizeof(variable) - 1;
	n = read_proc(keeper, "cmdline", text, size);
	for (p = text; p < text + n && strcmp(p, "--") != 0;
	     p += strlen(p) + 1) {
		if (strcmp(last, "-d") == 0)
			return p;
		last = p;
	}
	return NULL;
}

bool
ancestor_keeps(pid_t keeper, const char *state)
{
	char text[16384];
	const char *folder = kept_folder(keeper, text, sizeof(text));
	size_t len = strlen(state);

	return folder != NULL && strncmp(folder, state, len) == 0 &&
	    strncmp(folder + len, "/tasks/", 7) == 0;
}

pid_t
ancestor_keeper(const char *state)
{
	struct ancestor ancestor;
	pid_t pid = getppid(), other = 0;
	int i;

	for (i = 0; pid > 1 && i < ANCESTORS_MAX; i++) {
		if (!ancestor_read(pid, &ancestor))
			break;
		if (ancestor.keeper && ancestor_keeps(pid, state))
			return pid;
		if (ancestor.keeper && other == 0)
			other = pid;
		pid = ancestor.parent;
	}
	return other;
}

static bool
is_ours(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return stat(path, &st) == 0 && st.st_uid == geteuid();
}

/* The pid may be another's by now: first hold it, then look who it is. */
bool
ancestor_ask(pid_t keeper, const char *state)
{
	int pidfd = pidfd_of(keeper);
	struct ancestor ancestor;
	bool asked;

	if (pidfd == -1)
		return false;
	asked = ancestor_read(keeper, &ancestor) && ancestor.keeper &&
	    is_ours(keeper) && ancestor_keeps(keeper, state) &&
	    pidfd_queue(pidfd, KEEPER_SIGNAL_DAEMON, 0) == 0;
	close(pidfd);
	return asked;
}
