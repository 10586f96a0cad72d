/*
 * The checks of ccproc itself.  See checkup_self.h.
 */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli/checkup.h"
#include "cli/checkup_self.h"
#include "cli/child.h"
#include "cli/daemon.h"
#include "cli/path.h"
#include "cli/unit.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/paths.h"
#include "json/json.h"

/* Less than that is soon full: a task alone may write so much. */
#define LITTLE_BYTES (UINT64_C(1) << 30)

#define REINSTALL "install ccproc again"

static void
check_programs(struct checkup *checkup)
{
	char path[PATH_MAX], folder[PATH_MAX];
	struct error err;

	if (paths_program("ccproc-bridge", path, sizeof(path), &err) != 0 ||
	    paths_libexec("ccproc-keeper", path, sizeof(path), &err) != 0 ||
	    paths_libexec("worktree.sh", path, sizeof(path), &err) != 0 ||
	    paths_program("ccprocd", folder, sizeof(folder), &err) != 0) {
		checkup_add(checkup, "programs", CHECKUP_BAD, REINSTALL, "%s",
		    err.text);
		return;
	}
	*strrchr(folder, '/') = '\0';
	checkup_add(checkup, "programs", CHECKUP_OK, NULL,
	    "ccproc " PACKAGE_VERSION " with all of its programs, in %s",
	    folder);
}

static void
check_path(struct checkup *checkup)
{
	char own[PATH_MAX], *found = path_find("ccproc"), *mend;
	struct stat x, y;
	struct error err;

	if (paths_program("ccproc", own, sizeof(own), &err) != 0)
		snprintf(own, sizeof(own), "/proc/self/exe");
	if (found == NULL) {
		mend = xasprintf("add it: export PATH=\"%.*s:$PATH\"",
		    (int)(strrchr(own, '/') - own), own);
		checkup_add(checkup, "PATH", CHECKUP_NOTE, mend,
		    "ccproc is not in PATH");
		free(mend);
	} else if (stat(found, &x) != 0 || stat(own, &y) != 0 ||
	    x.st_ino != y.st_ino || x.st_dev != y.st_dev)
		checkup_add(checkup, "PATH", CHECKUP_NOTE,
		    "remove the one that is not meant",
		    "ccproc is %s, and this one is %s", found, own);
	else
		checkup_add(checkup, "PATH", CHECKUP_OK, NULL, "ccproc is %s",
		    found);
	free(found);
}

static void
check_daemon(struct checkup *checkup, const struct daemon_state *d)
{
	static const char restart[] = "ccproc daemon restart";
	size_t len = strlen(d->program);

	if (!d->runs)
		checkup_add(checkup, "daemon", CHECKUP_OK, NULL,
		    "none runs; the next command or session starts %s",
		    d->next);
	else if (len > 10 && strcmp(d->program + len - 10, " (deleted)") == 0)
		checkup_add(checkup, "daemon", CHECKUP_BAD, restart,
		    "pid %" PRId64 " runs a program that was replaced or "
		    "deleted, %s",
		    d->daemon.pid, d->program);
	else if (strcmp(d->daemon.version, PACKAGE_VERSION) != 0)
		checkup_add(checkup, "daemon", CHECKUP_BAD, restart,
		    "version %s runs, this is " PACKAGE_VERSION,
		    d->daemon.version);
	else
		checkup_add(checkup, "daemon", CHECKUP_OK, NULL,
		    "pid %" PRId64 " runs %s", d->daemon.pid, d->program);
}

/* A daemon makes it, and makes it again. */
static void
check_socket(struct checkup *checkup, const struct daemon_state *d)
{
	struct stat st;

	if (lstat(d->socket, &st) == 0 && !S_ISSOCK(st.st_mode))
		checkup_add(checkup, "socket", CHECKUP_BAD,
		    "remove it, or name another place by CCPROC_SOCKET",
		    "%s is no socket", d->socket);
	else
		checkup_add(checkup, "socket", CHECKUP_OK, NULL, "%s",
		    d->socket);
}

static void
check_state(struct checkup *checkup, const struct daemon_state *d)
{
	struct statvfs fs;
	struct stat st;
	char *mend;

	if (stat(d->dir, &st) == -1 && errno == ENOENT) {
		checkup_add(checkup, "state", CHECKUP_OK, NULL,
		    "%s is made when it is needed", d->dir);
		return;
	}
	if (stat(d->dir, &st) == -1 || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0 || access(d->dir, W_OK) != 0) {
		mend = xasprintf("make it yours alone: chown %d %s; chmod 700 "
				 "%s",
		    (int)geteuid(), d->dir, d->dir);
		checkup_add(checkup, "state", CHECKUP_BAD, mend,
		    "%s is not yours, or open to others", d->dir);
		free(mend);
		return;
	}
	if (statvfs(d->dir, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < LITTLE_BYTES)
		checkup_add(checkup, "state", CHECKUP_BAD,
		    "make room; ccproc prune, and ccproc rm, delete tasks",
		    "%s: the disk has %" PRIu64 " MiB left", d->dir,
		    (uint64_t)fs.f_bavail * fs.f_frsize >> 20);
	else
		checkup_add(checkup, "state", CHECKUP_OK, NULL,
		    "%s, %" PRIu64 " GiB left", d->dir,
		    (uint64_t)fs.f_bavail * fs.f_frsize >> 30);
}

static void
check_config(struct checkup *checkup, const struct daemon_state *d)
{
	char program[PATH_MAX], path[PATH_MAX], option[] = "--check";
	char *argv[] = { program, option, NULL };
	struct buf said = { 0 };
	struct error err;

	if (d->daemon.config[0] != '\0')
		setenv("CCPROC_CONFIG", d->daemon.config, 1);
	if (paths_config(path, sizeof(path), &err) != 0 ||
	    paths_program("ccprocd", program, sizeof(program), &err) != 0)
		checkup_add(checkup, "config", CHECKUP_BAD, REINSTALL, "%s",
		    err.text);
	else if (child_run(argv, STDERR_FILENO, &said) != 0)
		checkup_add(checkup, "config", CHECKUP_BAD,
		    "mend that; ccproc config edit opens the file", "%.*s",
		    (int)strcspn(said.data, "\n"), said.data);
	else
		checkup_add(checkup, "config", CHECKUP_OK, NULL, "%s%s", path,
		    access(path, F_OK) == 0 ?
			"" :
			" is not there, so everything is as by default");
	buf_clear(&said);
}

static bool
systemd_is_here(void)
{
	return access("/run/systemd/system", F_OK) == 0;
}

static void
check_units(struct checkup *checkup, const struct daemon_state *d)
{
	bool enabled = unit_is_enabled();

	if (enabled && d->runs && !d->managed)
		checkup_add(checkup, "units", CHECKUP_BAD,
		    "systemctl --user reset-failed, systemctl --user start "
		    "ccprocd.socket, ccproc daemon restart",
		    "enabled, but the daemon runs outside of systemd");
	else if (!enabled && !systemd_is_here())
		checkup_add(checkup, "units", CHECKUP_OK, NULL,
		    "no systemd here; the daemon starts when it is needed");
	else if (enabled)
		checkup_add(checkup, "units", CHECKUP_OK, NULL,
		    d->runs ? "enabled, and the daemon is their service" :
			      "enabled");
	else
		checkup_add(checkup, "units", CHECKUP_NOTE,
		    "systemctl --user enable --now ccprocd.socket gives limits "
		    "of tasks, and the journal",
		    "not enabled; the daemon starts without them, too");
}

static void
check_linger(struct checkup *checkup)
{
	const struct passwd *user = getpwuid(geteuid());
	char *file = user == NULL ?
	    NULL :
	    xasprintf("/var/lib/systemd/linger/%s", user->pw_name);

	if (!systemd_is_here())
		checkup_add(checkup, "linger", CHECKUP_OK, NULL,
		    "no systemd here that would end tasks when you log out");
	else if (geteuid() == 0 || (file != NULL && access(file, F_OK) == 0))
		checkup_add(checkup, "linger", CHECKUP_OK, NULL,
		    "tasks go on when you log out");
	else
		checkup_add(checkup, "linger", CHECKUP_NOTE,
		    "loginctl enable-linger",
		    "logging out may end your processes, and tasks with them");
	free(file);
}

/* What systemd has given to the user's processes. */
static void
check_controllers(struct checkup *checkup)
{
	char path[160], line[400] = "";
	FILE *file;

	snprintf(path, sizeof(path),
	    "/sys/fs/cgroup/user.slice/user-%u.slice/user@%u.service/"
	    "cgroup.controllers",
	    (unsigned)geteuid(), (unsigned)geteuid());
	file = fopen(path, "re");
	if (file != NULL && fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	if (file != NULL)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	if (strstr(line, "memory") != NULL && strstr(line, "pids") != NULL &&
	    strstr(line, "cpu") != NULL)
		checkup_add(checkup, "controllers", CHECKUP_OK, NULL,
		    "tasks can be limited: %s", line);
	else
		checkup_add(checkup, "controllers", CHECKUP_NOTE,
		    "limits need systemd with cgroup v2 and Delegate=cpu memory "
		    "pids in user@.service",
		    "tasks cannot be limited here (%s)",
		    file == NULL ? "no user manager of systemd" : line);
}

void
checkup_self(struct checkup *checkup, const struct daemon_state *daemon)
{
	check_programs(checkup);
	check_path(checkup);
	check_daemon(checkup, daemon);
	check_socket(checkup, daemon);
	check_state(checkup, daemon);
	check_config(checkup, daemon);
	check_units(checkup, daemon);
	check_linger(checkup);
	check_controllers(checkup);
}

void
checkup_hooks(struct checkup *checkup, struct json_object *debug)
{
	struct json_object *hooks = json_object_at(debug, "hooks");
	const char *failure = hooks == NULL ?
	    NULL :
	    json_string_at(hooks, "last_failure");
	char *mend;

	if (failure == NULL)
		return;
	mend = xasprintf("ccproc show --files %.*s has what it wrote",
	    (int)strcspn(failure, ":"), failure);
	checkup_add(checkup, "hooks", CHECKUP_NOTE, mend,
	    "the last that failed: %s", failure);
	free(mend);
}
