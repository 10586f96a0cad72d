/*
 * Tests of keeper/cgroup.c on folders that look like cgroups; the real ones
 * are in tests/system/keeper-cgroup.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/exitrec.h"
#include "keeper/cgroup.h"
#include "tests/unit/unit.h"

static struct cgroup cgroup;

static void
setup(void)
{
	cgroup_name(&cgroup, unit_dir(), "t1-x");
	ck_assert_int_eq(mkdir(unit_path("t1-x"), 0700), 0);
}

static void
add(pid_t pid, void *arg)
{
	*(int *)arg += pid;
}

START_TEST(names)
{
	struct cgroup none;
	char parent[300];

	ck_assert_str_eq(cgroup.path, unit_path("t1-x"));
	cgroup_name(&none, NULL, "t1-x");
	ck_assert_str_eq(none.path, "");
	cgroup_name(&none, "/x", "");
	ck_assert_str_eq(none.path, "");
	memset(parent, 'x', sizeof(parent));
	parent[250] = '\0';
	cgroup_name(&none, parent, "t1-x");
	ck_assert_uint_eq(strlen(none.path), 255);
	cgroup_name(&none, parent, "t1-xy"); /* too long */
	ck_assert_str_eq(none.path, "");
}
END_TEST

/* The cgroup that a record names is killed only if it can be ours. */
START_TEST(from_a_record)
{
	cgroup_find(&cgroup, "/sys/fs/cgroup/a/t1-x", "t1-x");
	ck_assert_str_eq(cgroup.path, "/sys/fs/cgroup/a/t1-x");
	cgroup_find(&cgroup, "/sys/fs/cgroup/a/t1-xy", "t1-x");
	ck_assert_str_eq(cgroup.path, "");
	cgroup_find(&cgroup, "/tmp/a/t1-x", "t1-x");
	ck_assert_str_eq(cgroup.path, "");
	cgroup_find(&cgroup, "", "t1-x");
	ck_assert_str_eq(cgroup.path, "");
	cgroup_find(&cgroup, "/sys/fs/cgroup/", "");
	ck_assert_str_eq(cgroup.path, "");
}
END_TEST

START_TEST(usage)
{
	struct exitrec rec = { .utime = 7, .stime = 7 };

	cgroup_usage(&cgroup, &rec); /* no files */
	ck_assert_int_eq(rec.utime, 7);
	unit_write("t1-x/cpu.stat",
	    "usage_usec 5000000\nuser_usec 3999999\n"
	    "system_usec 1000000\nnice_usec 0\n");
	cgroup_usage(&cgroup, &rec);
	ck_assert_int_eq(rec.utime, 3999);
	ck_assert_int_eq(rec.stime, 1000);
	ck_assert_int_eq(rec.memory_peak_kb, 0);
	unit_write("t1-x/memory.peak", "1048576\n");
	unit_write("t1-x/memory.events",
	    "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\n");
	cgroup_usage(&cgroup, &rec);
	ck_assert_int_eq(rec.memory_peak_kb, 1024);
	ck_assert_int_eq(rec.oom_kills, 2);
}
END_TEST

START_TEST(processes)
{
	int sum = 0;

	cgroup_each(&cgroup, add, &sum);
	ck_assert_int_eq(sum, 0);
	unit_write("t1-x/cgroup.procs", "1\n20\n");
	ck_assert_int_eq(mkdir(unit_path("t1-x/a"), 0700), 0);
	ck_assert_int_eq(mkdir(unit_path("t1-x/a/b"), 0700), 0);
	unit_write("t1-x/a/b/cgroup.procs", "300\n");
	cgroup_each(&cgroup, add, &sum);
	ck_assert_int_eq(sum, 321);
}
END_TEST

START_TEST(without_one)
{
	struct exitrec rec = { .utime = 7 };
	struct cgroup none;
	int sum = 0;

	cgroup_name(&none, NULL, "t1-x");
	cgroup_make(&none);
	ck_assert(cgroup_enter(&none));
	ck_assert(!cgroup_kill(&none));
	cgroup_each(&none, add, &sum);
	cgroup_usage(&none, &rec);
	cgroup_remove(&none, 1000);
	ck_assert(sum == 0 && rec.utime == 7);
}
END_TEST

/* A folder that is no cgroup, and one that cannot be made. */
START_TEST(refused)
{
	struct cgroup other;

	cgroup_name(&other, unit_dir(), "t2-x");
	cgroup_make(&other);
	ck_assert_str_eq(other.path, "");
	ck_assert_int_eq(mkdir(unit_path("t2-x"), 0700), 0); /* was removed */
	cgroup_name(&other, "/nonexistent", "t2-x");
	cgroup_make(&other);
	ck_assert_str_eq(other.path, "");
}
END_TEST

UNIT_SUITE
{
	unit_suite("cgroup", setup, unit_cleanup, names, from_a_record, usage,
	    processes, without_one, refused, NULL);
}
