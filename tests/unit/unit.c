/*
 * What the unit tests share.  See unit.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/monotime.h"
#include "tests/unit/unit.h"

/* The time that a keeper may take which waits for a process. */
#define CLEANUP_MS 10000

/* A factor. */
#define PATIENCE_MAX 10

static char dir[64];
static char **paths; /* what unit_path returned */
static SRunner *all; /* every suite of the program */
static char **names; /* of the suites */

int
unit_patience(void)
{
	const char *given = getenv("CCPROC_PATIENCE");
	double load, factor = given == NULL ? 0 : atof(given);

	if (factor <= 0) {
		if (getloadavg(&load, 1) != 1)
			load = 0;
		factor = 1 + load / (double)sysconf(_SC_NPROCESSORS_ONLN);
	}
	return factor < 1         ? 1 :
	    factor > PATIENCE_MAX ? PATIENCE_MAX :
				    (int)(factor + 0.5);
}

TCase *
unit_suite(const char *name, void (*setup)(void), void (*teardown)(void), ...)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	const TTest *test;
	va_list ap;

	tcase_set_timeout(tcase, 60 * unit_patience());
	tcase_add_checked_fixture(tcase, setup, teardown);
	va_start(ap, teardown);
	while ((test = va_arg(ap, const TTest *)) != NULL)
		tcase_add_test(tcase, test);
	va_end(ap);
	suite_add_tcase(suite, tcase);
	if (all == NULL)
		all = srunner_create(suite);
	else
		srunner_add_suite(all, suite);
	names = strv_add(names, name);
	return tcase;
}

static bool
has_suite(const char *name)
{
	char *const *known;

	for (known = names; known != NULL && *known != NULL; known++)
		if (strcmp(*known, name) == 0)
			return true;
	return false;
}

int
unit_main(int argc, char **argv)
{
	int i, failed = 0;

	for (i = 1; i < argc; i++)
		if (!has_suite(argv[i])) {
			fprintf(stderr, "%s: there is no suite %s\n", argv[0],
			    argv[i]);
			return EXIT_FAILURE;
		}
	if (argc == 1)
		srunner_run_all(all, CK_NORMAL);
	for (i = 1; i < argc; i++)
		srunner_run(all, argv[i], NULL, CK_NORMAL);
	failed = srunner_ntests_failed(all);
	srunner_free(all);
	strv_free(names);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const char *
unit_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	if (dir[0] != '\0')
		return dir;
	if (tmp == NULL || strlen(tmp) > 40)
		tmp = "/tmp";
	snprintf(dir, sizeof(dir), "%s/unit.XXXXXX", tmp);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	return dir;
}

const char *
unit_path(const char *name)
{
	char *path = xasprintf("%s/%s", unit_dir(), name);

	paths = strv_add(paths, path);
	free(path);
	return paths[strv_len(paths) - 1];
}

void
unit_write(const char *name, const char *text)
{
	FILE *file = fopen(unit_path(name), "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fputs(text, file) >= 0, 1);
	ck_assert_int_eq(fclose(file), 0);
}

char *
unit_read(const char *name)
{
	int fd = open(unit_path(name), O_RDONLY | O_CLOEXEC);
	struct buf text = { 0 };
	char chunk[4096];
	ssize_t n;

	ck_assert_msg(fd != -1, "no file %s", name);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(&text, chunk, (size_t)n);
	close(fd);
	ck_assert_int_eq(n, 0);
	return buf_steal(&text);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* A keeper that a test has left behind may still write its record. */
void
unit_cleanup(void)
{
	int64_t deadline = monotime_ms() + CLEANUP_MS * unit_patience();

	while (dir[0] != '\0' &&
	    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
		ck_assert_msg(monotime_ms() < deadline, "cannot remove %s: %s",
		    dir, strerror(errno));
	dir[0] = '\0';
	strv_free(paths);
	paths = NULL;
}

struct rlimit
unit_no_descriptors(void)
{
	struct rlimit before, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	return before;
}
