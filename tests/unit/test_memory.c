/*
 * Free memory, as /proc/meminfo tells it.
 */
#include "daemon/tasks/memory.h"
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
	ck_assert_int_gt(memory_available(MEMORY_INFO), 0);
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

int
main(void)
{
	return unit_run("memory", NULL, unit_cleanup, what_is_available,
	    what_does_not_say, NULL);
}
