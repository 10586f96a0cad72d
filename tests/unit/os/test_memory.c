/*
 * Free memory, as /proc/meminfo tells it.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "daemon/os/memory.h"
#include "tests/unit/unit.h"

static int64_t
in(const char *text)
{
	unit_write("meminfo", text);
	return memory_available(unit_path("meminfo"));
}

START_TEST(what_is_available)
{
	ck_assert_int_eq(in("MemTotal:       65798072 kB\n"
			    "MemFree:         1000000 kB\n"
			    "MemAvailable:     524288 kB\n"
			    "Buffers:          300000 kB\n"),
	    INT64_C(512) << 20);
	ck_assert_int_gt(memory_available("/proc/meminfo"), 0);
	ck_assert_int_gt(memory_free(), 0);
	ck_assert_int_le(memory_free(), INT64_C(1) << 50);
}
END_TEST

START_TEST(what_does_not_say)
{
	ck_assert_int_eq(in("MemFree: 1000 kB\n"), -1);
	ck_assert_int_eq(in("MemAvailable:  52"), -1);
	ck_assert_int_eq(in(""), -1);
	ck_assert_int_eq(memory_available("/nowhere/at/all"), -1);
}
END_TEST

static void
cgroup(const char *dir, const char *max, const char *current, const char *stat)
{
	char name[80];

	mkdir(unit_path(dir), 0700);
	snprintf(name, sizeof(name), "%s/memory.max", dir);
	unit_write(name, max);
	snprintf(name, sizeof(name), "%s/memory.current", dir);
	unit_write(name, current);
	snprintf(name, sizeof(name), "%s/memory.stat", dir);
	unit_write(name, stat);
}

START_TEST(what_cgroups_leave)
{
	const char *root = unit_path("cg");

	mkdir(root, 0700); /* as that of the machine: no limit */
	cgroup("cg/a", "1000\n", "700\n",
	    "anon 1\nfile 2\ninactive_file 200\nslab 3\n");
	cgroup("cg/a/b", "max\n", "600\n", "anon 1\n");
	cgroup("cg/a/b/c", "450\n", "500\n", "anon 1\ninactive_file 0\n");
	ck_assert_int_eq(memory_left(root, "/"), -1);
	ck_assert_int_eq(memory_left(root, "/a"), 500);
	ck_assert_int_eq(memory_left(root, "/a/b"), 500);
	ck_assert_int_eq(memory_left(root, "/a/b/c"), 0);
	ck_assert_int_eq(memory_left(root, "/a/b/gone"), 500);
	ck_assert_int_eq(memory_left("/nowhere", "/at/all"), -1);
	cgroup("cg", "300\n", "0\n", "");
	ck_assert_int_eq(memory_left(root, "/a/b"), 300);
}
END_TEST

UNIT_SUITE
{
	unit_suite("memory", NULL, unit_cleanup, what_is_available,
	    what_does_not_say, what_cgroups_leave, NULL);
}
