/*
 * What the kernel remembers of paths.  Root may be a file system without a
 * disk of its own, as in containers: nothing is known there.
 */
#include <linux/magic.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "daemon/os/cached.h"
#include "daemon/os/mounts.h"
#include "tests/unit/unit.h"

static size_t looks;

static void
setup(void)
{
	looks = 100;
	mounts_init();
}

/* After somebody has looked; only a kernel without the call knows nothing. */
static bool
is_told(const char *path)
{
	size_t more = 1;
	struct stat st;

	return stat(path, &st) == 0 && major(st.st_dev) != 0 &&
	    cached_is("/", S_IFDIR, &more) == CACHED_IS;
}

START_TEST(what_is_there)
{
	if (is_told("/bin/sh")) {
		ck_assert(cached_is("/bin/sh", S_IFREG, &looks) == CACHED_IS);
		ck_assert(cached_is("/bin", S_IFDIR, &looks) == CACHED_IS);
		ck_assert(cached_is("/bin/sh", S_IFDIR, &looks) ==
		    CACHED_IS_NOT);
		ck_assert(cached_is("/bin", S_IFREG, &looks) == CACHED_IS_NOT);
		ck_assert_uint_eq(looks, 96);
	}
	ck_assert(cached_is("/no/such", S_IFREG, &looks) != CACHED_IS);
	ck_assert(cached_is("bin", S_IFDIR, &looks) == CACHED_UNKNOWN);
}
END_TEST

START_TEST(without_a_disk)
{
	ck_assert_int_eq(access("/proc/self/fd", X_OK), 0);
	ck_assert(cached_is("/proc/self/fd", S_IFDIR, &looks) ==
	    CACHED_UNKNOWN);
}
END_TEST

/* What is in memory waits for nobody; new mounts are seen. */
START_TEST(in_memory)
{
	char dir[] = "/dev/shm/ccproc-cached-XXXXXX";
	struct statfs fs;
	size_t more = 1;

	if (statfs("/dev/shm", &fs) != 0 || fs.f_type != TMPFS_MAGIC ||
	    cached_is("/dev/shm", S_IFDIR, &more) == CACHED_UNKNOWN)
		return; /* an old kernel */
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert(cached_is(dir, S_IFDIR, &looks) == CACHED_IS);
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0) {
		mounts_forget(); /* they were those of another namespace */
		mounts_init();
		ck_assert(cached_is(dir, S_IFDIR, &looks) == CACHED_IS);
		ck_assert_int_eq(mount("t", dir, "tmpfs", 0, NULL), 0);
		ck_assert(cached_is(dir, S_IFDIR, &looks) == CACHED_IS);
		ck_assert_int_eq(umount(dir), 0);
		ck_assert_int_eq(mount("p", dir, "proc", 0, NULL), 0);
		ck_assert(cached_is(dir, S_IFDIR, &looks) == CACHED_UNKNOWN);
		ck_assert_int_eq(umount(dir), 0);
	}
	ck_assert_int_eq(rmdir(dir), 0);
	mounts_forget();
}
END_TEST

START_TEST(no_look_is_left)
{
	looks = 0;
	ck_assert(cached_is("/", S_IFDIR, &looks) == CACHED_UNKNOWN);
	ck_assert(cached_program("sh", "/bin", &looks) == CACHED_UNKNOWN);
	ck_assert_uint_eq(looks, 0);
}
END_TEST

START_TEST(programs)
{
	bool told = is_told("/bin/sh");

	access("/nothing/sh", X_OK);
	ck_assert(!told ||
	    cached_program("sh", "/bin:/usr/bin", &looks) == CACHED_IS);
	ck_assert(!told ||
	    cached_program("/bin/sh", NULL, &looks) == CACHED_IS);
	ck_assert(cached_program("sh", NULL, &looks) != CACHED_IS);
	ck_assert(cached_program("./sh", "/bin", &looks) == CACHED_UNKNOWN);
	/* the working directory comes before where it is */
	ck_assert(cached_program("sh", ":/bin", &looks) == CACHED_UNKNOWN);
	ck_assert(cached_program("sh", "bin:/bin", &looks) == CACHED_UNKNOWN);
	ck_assert(cached_program("no-such", "/bin", &looks) != CACHED_IS);
}
END_TEST

UNIT_SUITE
{
	unit_suite("cached", setup, NULL, what_is_there, without_a_disk,
	    in_memory, no_look_is_left, programs, NULL);
}
