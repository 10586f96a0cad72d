/*
 * Tests of common/machine.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

#include "common/machine.h"
#include "tests/unit/unit.h"

START_TEST(boot_is_the_kernels)
{
	struct machine machine;
	char boot[64] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%63s", boot), 1);
	fclose(f);
	machine_read(&machine);
	ck_assert_uint_eq(strlen(machine.boot), 36);
	ck_assert_str_eq(machine.boot, boot);
}
END_TEST

START_TEST(pidns_is_the_inode)
{
	struct machine machine;
	char link[64], expected[64];
	ssize_t n = readlink("/proc/self/ns/pid", link, sizeof(link) - 1);

	ck_assert_int_gt(n, 0);
	link[n] = '\0';
	machine_read(&machine);
	snprintf(expected, sizeof(expected), "pid:[%s]", machine.pidns);
	ck_assert_str_eq(link, expected);
}
END_TEST

START_TEST(id_is_one_line)
{
	struct machine machine;

	memset(&machine, 0xff, sizeof(machine));
	machine_read(&machine);
	ck_assert_ptr_null(strchr(machine.id, '\n'));
	if (access("/etc/machine-id", R_OK) != 0)
		ck_assert_str_eq(machine.id, "");
	else
		ck_assert_uint_le(strlen(machine.id), 36);
}
END_TEST

/* For a child; one that has been told reads nothing. */
START_TEST(as_text)
{
	static const char *const odd[] = { "", "m b",
		("m b p q r s t u v w x y "
		 "z and too long by far"),
		"m " };
	char text[MACHINE_SIZE];
	struct machine read, told;
	size_t i;

	machine_read(&read);
	machine_print(text);
	ck_assert(machine_take(text));
	machine_read(&told);
	ck_assert_mem_eq(&read, &told, sizeof(read));
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		ck_assert_msg(!machine_take(odd[i]), "%s", odd[i]);
	ck_assert(machine_take(" b p"));
	machine_read(&told);
	ck_assert_str_eq(told.id, "");
	ck_assert_str_eq(told.boot, "b");
	ck_assert_str_eq(told.pidns, "p");
}
END_TEST

UNIT_SUITE
{
	unit_suite("machine", NULL, NULL, boot_is_the_kernels,
	    pidns_is_the_inode, id_is_one_line, as_text, NULL);
}
