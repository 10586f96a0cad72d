/*
 * Inherited attributes: as text and back, given to a process, compared.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/attributes.h"
#include "tests/unit/unit.h"

START_TEST(as_text_and_back)
{
	static const char *const wrong[] = { "", "0", "a b", "0 0 0 0 0 0" };
	struct attributes a, b;
	char text[ATTRIBUTES_SIZE], longer[ATTRIBUTES_SIZE + 2];
	size_t i;

	attributes_read(&a);
	a.nice = -5;
	a.oom = -17;
	a.soft[RLIMIT_FSIZE] = 1 << 20;
	memset(a.processors, 0x5a, sizeof(a.processors));
	attributes_print(&a, text);
	ck_assert(attributes_parse(text, &b));
	ck_assert_int_eq(memcmp(&a, &b, sizeof(a)), 0);
	strcpy(longer, text);
	strcat(longer, " ");
	ck_assert(!attributes_parse(longer, &b));
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert(!attributes_parse(wrong[i], &b));
}
END_TEST

START_TEST(to_a_process)
{
	struct attributes wanted, got, now;
	char text[200];
	int status;

	attributes_read(&wanted);
	wanted.soft[RLIMIT_FSIZE] = 1 << 20;
	wanted.nice++;
	if (fork() == 0) {
		attributes_apply(&wanted, &now);
		attributes_read(&got);
		attributes_differ(&wanted, &got, text, sizeof(text));
		_exit(text[0] != '\0' || memcmp(&now, &got, sizeof(now)) != 0);
	}
	ck_assert_int_ne(wait(&status), -1);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(what_is_lacking)
{
	struct attributes wanted, got;
	char text[200];

	attributes_read(&wanted);
	got = wanted;
	wanted.soft[RLIMIT_NOFILE] = RLIM_INFINITY;
	got.soft[RLIMIT_NOFILE] = 1024;
	got.nice = 3;
	wanted.nice = -5;
	attributes_differ(&wanted, &got, text, sizeof(text));
	ck_assert_str_eq(text,
	    "at most 1024 open files, not unlimited, nice 3, not -5");
}
END_TEST

UNIT_SUITE
{
	unit_suite("attributes", NULL, NULL, as_text_and_back, to_a_process,
	    what_is_lacking, NULL);
}
