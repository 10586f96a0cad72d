/*
 * Tests of common/paths.c, each in an environment and a folder of its own.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/paths.h"
#include "tests/unit/unit.h"

static char dir[64];
static char **made; /* what in_dir returned */
static char buf[4096];
static struct error err;

static void
setup(void)
{
	clearenv();
	strcpy(dir, "/tmp/test_paths.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
teardown(void)
{
	char *command = xasprintf("/bin/rm -rf %s", dir);

	ck_assert_int_eq(system(command), 0);
	free(command);
	strv_free(made);
	made = NULL;
}

/* dir/name; good until the test ends. */
static const char *
in_dir(const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);

	made = strv_add(made, path);
	free(path);
	return made[strv_len(made) - 1];
}

static void
assert_complaint(const char *part)
{
	ck_assert_msg(strstr(err.text, part) != NULL, "'%s' not in '%s'", part,
	    err.text);
}

/* A folder that belongs to somebody else. */
static const char *
foreign_dir(void)
{
	const char *path = in_dir("foreign");

	if (geteuid() != 0)
		return "/";
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chown(path, 12345, 12345), 0);
	return path;
}

START_TEST(state_in_order)
{
	setenv("HOME", "/h", 1);
	ck_assert_int_eq(paths_state(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/h/.local/state/ccproc");
	setenv("XDG_STATE_HOME", "relative", 1);
	ck_assert_int_eq(paths_state(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/h/.local/state/ccproc");
	setenv("XDG_STATE_HOME", "/x", 1);
	ck_assert_int_eq(paths_state(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/x/ccproc");
	setenv("CCPROC_STATE_DIR", "", 1);
	ck_assert_int_eq(paths_state(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/x/ccproc");
	setenv("CCPROC_STATE_DIR", "/s", 1);
	ck_assert_int_eq(paths_state(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/s");
}
END_TEST

START_TEST(state_without_home)
{
	ck_assert_int_eq(paths_state(buf, sizeof(buf), &err), 0);
	ck_assert_int_eq(buf[0], '/');
	ck_assert_ptr_nonnull(strstr(buf, "/.local/state/ccproc"));
	setenv("HOME", "relative", 1);
	ck_assert_int_eq(paths_state(buf, sizeof(buf), &err), 0);
	ck_assert_int_eq(buf[0], '/');
}
END_TEST

START_TEST(relative_is_an_error)
{
	setenv("CCPROC_STATE_DIR", "here", 1);
	ck_assert_int_eq(paths_state(buf, sizeof(buf), &err), -1);
	ck_assert_str_eq(err.text,
	    "CCPROC_STATE_DIR is 'here', expected an absolute path");
	setenv("CCPROC_CONFIG", "./c", 1);
	ck_assert_int_eq(paths_config(buf, sizeof(buf), &err), -1);
	setenv("CCPROC_SOCKET", "sock", 1);
	ck_assert_int_eq(paths_socket(buf, sizeof(buf), &err), -1);
	assert_complaint("CCPROC_SOCKET is 'sock'");
}
END_TEST

START_TEST(config_in_order)
{
	setenv("HOME", "/h", 1);
	ck_assert_int_eq(paths_config(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/h/.config/ccproc/config.json");
	setenv("XDG_CONFIG_HOME", "/x", 1);
	ck_assert_int_eq(paths_config(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/x/ccproc/config.json");
	setenv("CCPROC_CONFIG", "/c.json", 1);
	ck_assert_int_eq(paths_config(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/c.json");
}
END_TEST

/* Where the socket is when the environment names no place for it. */
static const char *
default_socket(void)
{
	static char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/run/user/%u", (unsigned)geteuid());
	if (stat(path, &st) != 0 || st.st_uid != geteuid())
		return "/h/.local/state/ccproc/sock";
	strcat(path, "/ccproc/sock");
	return path;
}

START_TEST(socket_in_order)
{
	setenv("HOME", "/h", 1);
	ck_assert_int_eq(paths_socket(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, default_socket());
	setenv("XDG_RUNTIME_DIR", in_dir("missing"), 1);
	ck_assert_int_eq(paths_socket(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, default_socket());
	setenv("XDG_RUNTIME_DIR", dir, 1);
	ck_assert_int_eq(paths_socket(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, in_dir("ccproc/sock"));
	setenv("CCPROC_SOCKET", "/s/sock", 1);
	ck_assert_int_eq(paths_socket(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, "/s/sock");
}
END_TEST

START_TEST(foreign_runtime_dir_is_refused)
{
	setenv("XDG_RUNTIME_DIR", foreign_dir(), 1);
	ck_assert_int_eq(paths_socket(buf, sizeof(buf), &err), -1);
	assert_complaint("which belongs to uid");
	assert_complaint("and not to us");
}
END_TEST

START_TEST(long_socket_path_is_refused)
{
	char path[SOCKET_PATH_SIZE + 1];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[SOCKET_PATH_SIZE] = '\0';
	setenv("CCPROC_SOCKET", path, 1);
	ck_assert_int_eq(paths_socket(buf, sizeof(buf), &err), -1);
	assert_complaint("has 108 bytes, expected less than 108");
	path[SOCKET_PATH_SIZE - 1] = '\0';
	setenv("CCPROC_SOCKET", path, 1);
	ck_assert_int_eq(paths_socket(buf, sizeof(buf), &err), 0);
	ck_assert_str_eq(buf, path);
}
END_TEST

START_TEST(no_room_is_an_error)
{
	setenv("CCPROC_STATE_DIR", "/12345678", 1);
	ck_assert_int_eq(paths_state(buf, 10, &err), 0);
	ck_assert_int_eq(paths_state(buf, 9, &err), -1);
}
END_TEST

static void
put_program(const char *path, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fclose(file);
	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(programs_beside_this_one)
{
	char self[PATH_MAX + 1];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	ck_assert_int_gt(n, 0);
	self[n] = '\0';
	ck_assert_int_eq(paths_program(strrchr(self, '/') + 1, buf, sizeof(buf),
			     &err),
	    0);
	ck_assert_str_eq(buf, self);
	ck_assert_int_eq(paths_program("ccproc-none", buf, sizeof(buf), &err),
	    -1);
	ck_assert_int_eq(err.code, ERR_OURS);
	assert_complaint("/ccproc-none; install ccproc whole");
}
END_TEST

START_TEST(the_keeper_in_libexec)
{
	setenv("CCPROC_LIBEXEC", dir, 1);
	ck_assert_int_eq(paths_libexec("ccproc-keeper", buf, sizeof(buf), &err),
	    -1);
	put_program(in_dir("ccproc-keeper"), 0600);
	ck_assert_int_eq(paths_libexec("ccproc-keeper", buf, sizeof(buf), &err),
	    -1);
	put_program(in_dir("ccproc-keeper"), 0700);
	ck_assert_int_eq(paths_libexec("ccproc-keeper", buf, sizeof(buf), &err),
	    0);
	ck_assert_str_eq(buf, in_dir("ccproc-keeper"));
	/* other programs are not looked for there */
	put_program(in_dir("ccproc-none"), 0700);
	ck_assert_int_eq(paths_program("ccproc-none", buf, sizeof(buf), &err),
	    -1);
	setenv("CCPROC_LIBEXEC", "relative", 1);
	ck_assert_int_eq(paths_libexec("ccproc-keeper", buf, sizeof(buf), &err),
	    -1);
	assert_complaint("expected an absolute path");
}
END_TEST

START_TEST(makes_private_directories)
{
	const char *path = in_dir("a/b/c");
	struct stat st;

	ck_assert_int_eq(paths_make_private(path, &err), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
	ck_assert_int_eq(paths_make_private(path, &err), 0);
	ck_assert_int_eq(paths_make_private(in_dir("a/b/c//"), &err), 0);
}
END_TEST

START_TEST(refuses_directories_of_others)
{
	const char *path = in_dir("open");

	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chmod(path, 0750), 0);
	ck_assert_int_eq(paths_make_private(path, &err), -1);
	assert_complaint("has mode 750");
	ck_assert_int_eq(chmod(path, 0700), 0);
	ck_assert_int_eq(paths_make_private(path, &err), 0);
	ck_assert_int_eq(paths_make_private(foreign_dir(), &err), -1);
	assert_complaint("belongs to uid");
}
END_TEST

/* As root with the HOME of somebody: he could not enter what we make. */
START_TEST(makes_nothing_in_a_place_of_others)
{
	const char *home = in_dir("home");
	struct stat st;

	ck_assert_int_eq(mkdir(home, 0755), 0);
	if (chown(home, 65534, (gid_t)-1) != 0)
		return; /* only root can try this */
	ck_assert_int_eq(paths_make_private(in_dir("home/.local/x"), &err), -1);
	assert_complaint("/home/.local: Permission denied; ");
	assert_complaint("is of uid 65534 and not ours");
	ck_assert_int_ne(stat(in_dir("home/.local"), &st), 0);
	ck_assert_int_eq(chmod(home, 01777), 0);
	ck_assert_int_eq(paths_make_private(in_dir("home/.local/x"), &err), 0);
}
END_TEST

START_TEST(refuses_what_is_no_directory)
{
	put_program(in_dir("file"), 0700);
	ck_assert_int_eq(paths_make_private(in_dir("file"), &err), -1);
	assert_complaint("is no directory");
	ck_assert_int_eq(paths_make_private(in_dir("file/below"), &err), -1);
	assert_complaint("cannot make the directory");
	ck_assert_int_eq(mkdir(in_dir("real"), 0700), 0);
	ck_assert_int_eq(symlink("real", in_dir("link")), 0);
	ck_assert_int_eq(paths_make_private(in_dir("link"), &err), -1);
	assert_complaint("is no directory");
	ck_assert_int_eq(paths_make_private(in_dir("link/"), &err), -1);
}
END_TEST

UNIT_SUITE
{
	unit_suite("paths", setup, teardown, state_in_order, state_without_home,
	    relative_is_an_error, config_in_order, socket_in_order,
	    foreign_runtime_dir_is_refused, long_socket_path_is_refused,
	    no_room_is_an_error, programs_beside_this_one,
	    the_keeper_in_libexec, makes_private_directories,
	    refuses_directories_of_others, makes_nothing_in_a_place_of_others,
	    refuses_what_is_no_directory, NULL);
}
